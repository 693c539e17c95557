/** From a seed to a program. Each world has some kinds of trouble and not others: all at once would hide what one of them does. */
import type { LinkFaults } from "../../../src/net/faults.ts";
import { SeededRandom } from "../../../src/net/seeded-random.ts";
import { type Action, type ClientSpec, type Deed, type Program, SERVER } from "./program.ts";
import { oddText } from "./texts.ts";

export function generate(seed: number): Program {
  const dice = new Dice(seed);
  const clients = cast(dice);
  const isPlain = clients.some(({ dialect }) => dialect === 1);
  const actions = new Writer(dice, clients, isPlain).write();
  return { seed, clients, actions };
}

const NAMES = ["ann", "ben", "cleo", "dan", "eve", "finn", "gus", "hal"] as const;

/** A nickname that nobody registers. */
const NOBODY = "nobody";

/** What a world speaks. */
const KINDS: readonly (ClientSpec["dialect"] | "mixed")[] = [1, 2, 2, 2, "mixed", "mixed"];

function cast(dice: Dice): readonly ClientSpec[] {
  // Small worlds go faster, and most of what can go wrong takes two.
  const count = Math.min(dice.from(2, NAMES.length), dice.from(2, NAMES.length));
  const kind = dice.pick(KINDS);
  return NAMES.slice(0, count).map((name) => {
    const dialect = kind === "mixed" ? dice.pick([1, 2] as const) : kind;
    return { name, dialect, careful: dialect === 2 && dice.chance(0.5) };
  });
}

/** Kinds of trouble that a world may have. */
const TROUBLES = [
  "loss",
  "delay",
  "duplicate",
  "reorder",
  "partition",
  "crash",
  "server-crash",
  "jump",
  "leave",
  "unknown",
  "odd",
  "burst",
  "repeat",
  "corrupt",
] as const;
type Trouble = (typeof TROUBLES)[number];

/** Writes the actions of one world in the order of time. */
class Writer {
  readonly #dice: Dice;
  readonly #clients: readonly ClientSpec[];
  readonly #isPlain: boolean;
  readonly #troubles: ReadonlySet<Trouble>;
  readonly #deeds: { readonly atMs: number; readonly deed: Deed }[] = [];
  readonly #latestText = new Map<string, string>();
  #nowMs = 0;
  #texts = 0;

  constructor(dice: Dice, clients: readonly ClientSpec[], isPlain: boolean) {
    this.#dice = dice;
    this.#clients = clients;
    this.#isPlain = isPlain;
    const troubles = new Set(TROUBLES.filter(() => dice.chance(0.45)));
    // A v1 server that starts takes a text that it kept seconds ago for the same request.
    if (isPlain && troubles.has("server-crash")) troubles.delete("repeat");
    this.#troubles = troubles;
  }

  write(): readonly Action[] {
    const dice = this.#dice;
    for (const faults of this.#faults())
      this.#add({ kind: "net", change: { kind: "faults", faults: [faults] } });
    for (const { name } of this.#clients) {
      if (dice.chance(0.9)) this.#add({ kind: "register", client: name }, dice.from(0, 1_500));
    }
    this.#nowMs = 1_500;
    for (let left = dice.from(8, 50); left > 0; left -= 1) {
      this.#pass();
      this.#something();
    }
    return this.#deeds
      .map((entry, index) => ({ ...entry, index }))
      .sort((a, b) => a.atMs - b.atMs || a.index - b.index)
      .map(({ atMs, deed }, id) => ({ id, atMs, deed }));
  }

  /** Much happens at once or soon after, some after time-outs have passed. */
  #pass(): void {
    const dice = this.#dice;
    const stepMs = dice.chance(0.45)
      ? dice.from(0, 60)
      : dice.chance(0.7)
        ? dice.from(60, 3_000)
        : dice.from(3_000, 35_000);
    this.#nowMs += stepMs;
  }

  #something(): void {
    const dice = this.#dice;
    const trouble = dice.chance(0.35) ? dice.pick(TROUBLES) : undefined;
    if (trouble === undefined || !this.#troubles.has(trouble)) this.#talk();
    else this.#make(trouble);
  }

  #make(trouble: Trouble): void {
    const dice = this.#dice;
    const client = dice.pick(this.#clients).name;
    switch (trouble) {
      case "partition":
        if (!this.#isPlain && dice.chance(0.3)) {
          this.#isolate();
          return;
        }
        this.#add({ kind: "net", change: { kind: "partition", groups: this.#groups() } });
        this.#add({ kind: "net", change: { kind: "heal" } }, dice.from(200, 40_000));
        return;
      case "crash":
        this.#crash(client);
        return;
      case "server-crash":
        if (dice.chance(0.5)) this.#saveFor(client);
        this.#crashServer(dice.chance(0.5) ? dice.from(0, 100) : dice.from(100, 5_000));
        return;
      case "jump": {
        const who = dice.chance(0.5) ? SERVER : client;
        this.#add({
          kind: "jump",
          who,
          byMs: dice.pick([-1, 1]) * dice.pick([900, 4_000, 3_600_000, 86_400_000]),
        });
        return;
      }
      case "leave":
        this.#add({ kind: "deregister", client });
        if (dice.chance(0.8)) this.#add({ kind: "register", client }, dice.from(0, 15_000));
        return;
      case "unknown":
        this.#add({ kind: "send", from: client, to: NOBODY, text: this.#text() });
        return;
      case "burst":
        this.#burst();
        return;
      case "repeat":
        this.#repeat();
        return;
      case "odd":
        this.#talk();
        return;
      default:
        for (const faults of this.#faults())
          this.#add({ kind: "net", change: { kind: "faults", faults: [faults] } });
    }
  }

  #crash(client: string): void {
    const dice = this.#dice;
    const dialect = this.#clients.find(({ name }) => name === client)?.dialect;
    this.#add({ kind: "crash", client });
    const downMs = dice.chance(0.6) ? dice.from(0, 1_500) : dice.from(1_500, 30_000);
    // A v1 answer names neither its question nor who asked: soon after, it would be taken for the next one's.
    const canHavePort = dialect === 2 || (!this.#isPlain && downMs > 0) || downMs > 5_000;
    const port = canHavePort && dice.chance(0.5) ? "same" : "other";
    this.#add({ kind: "start", client, port }, downMs);
    if (dice.chance(0.9)) this.#add({ kind: "register", client }, downMs + dice.from(0, 500));
  }

  /**
   * Everybody is alone until the server has given them up, and two go on writing: when that ends, one is saved for who is there
   * again, and the next could overtake it.
   */
  #isolate(): void {
    const dice = this.#dice;
    const [from, to] = this.#pair();
    const alone = [SERVER, ...this.#clients.map(({ name }) => name)].map((name) => [name]);
    this.#add({ kind: "net", change: { kind: "partition", groups: alone } });
    this.#nowMs += dice.from(27_000, 45_000);
    for (let left = dice.from(2, 6); left > 0; left -= 1) {
      this.#send(from, to, this.#text());
      this.#nowMs += dice.from(0, 3_000);
    }
    this.#add({ kind: "net", change: { kind: "heal" } }, dice.from(0, 8_000));
  }

  #crashServer(inMs: number): void {
    const dice = this.#dice;
    const when = dice.pick(["now", "in-commit-kept", "in-commit-lost"] as const);
    const downMs = dice.chance(0.6) ? dice.from(0, 2_000) : dice.from(2_000, 60_000);
    this.#add({ kind: "crash-server", when }, inMs);
    this.#add({ kind: "start-server" }, inMs + downMs);
  }

  /** Somebody leaves, and others write to him: what they are told has to outlive the server. */
  #saveFor(client: string): void {
    const dice = this.#dice;
    this.#add({ kind: "deregister", client });
    this.#nowMs += dice.from(20, 1_000);
    const others = this.#clients.filter(({ name }) => name !== client);
    for (let left = dice.from(1, 4); left > 0; left -= 1)
      this.#send(dice.pick(others).name, client, this.#text());
    this.#add({ kind: "register", client }, dice.from(0, 20_000));
  }

  #talk(): void {
    const [from, to] = this.#pair();
    this.#send(from, to, this.#text());
  }

  #burst(): void {
    const dice = this.#dice;
    const [from, to] = this.#pair();
    const others = this.#clients.map(({ name }) => name).filter((name) => name !== from);
    const spread = dice.chance(0.3);
    for (let left = dice.from(3, 15); left > 0; left -= 1)
      this.#send(from, spread ? dice.pick(others) : to, this.#text());
  }

  /** The same text again, which is another message. */
  #repeat(): void {
    const [from, to] = this.#pair();
    const text = this.#latestText.get(`${from}>${to}`);
    this.#send(from, to, text ?? this.#text());
  }

  #send(from: string, to: string, text: string): void {
    this.#latestText.set(`${from}>${to}`, text);
    this.#add({ kind: "send", from, to, text });
  }

  #text(): string {
    this.#texts += 1;
    const label = `m${this.#texts}`;
    return this.#troubles.has("odd") && this.#dice.chance(0.5)
      ? oddText(label, () => this.#dice.next())
      : label;
  }

  #pair(): readonly [string, string] {
    const from = this.#dice.pick(this.#clients).name;
    const others = this.#clients.filter(({ name }) => name !== from);
    return [from, this.#dice.pick(others).name];
  }

  /** Somebody without the server, or the server with only some, or everybody alone. */
  #groups(): readonly (readonly string[])[] {
    const dice = this.#dice;
    const all = [SERVER, ...this.#clients.map(({ name }) => name)];
    if (dice.chance(0.1)) return all.map((name) => [name]);
    const group = all.filter(() => dice.chance(0.5));
    return group.length === 0 || group.length === all.length ? [[dice.pick(all)]] : [group];
  }

  #faults(): readonly LinkFaults[] {
    const dice = this.#dice;
    const has = (trouble: Trouble): boolean => this.#troubles.has(trouble);
    // v1 can stand less: what comes late or twice is taken for the answer to the next question, and the rows of its tables
    // are torn apart. The excuses cover one of these at a time.
    const isPlain = this.#isPlain;
    const maxMs = dice.pick(isPlain ? [3, 30, 100] : [3, 30, 300, 1_500]);
    const link = dice.chance(0.6) ? { from: "*", to: "*" } : this.#link();
    const faults: LinkFaults = {
      link,
      ...(has("loss") ? { loss: dice.pick(isPlain ? [0.02, 0.1] : [0.02, 0.1, 0.3]) } : {}),
      ...(has("delay") ? { delayMs: { min: dice.chance(0.5) ? 1 : maxMs / 2, max: maxMs } } : {}),
      ...(has("duplicate") ? { duplicate: dice.pick(isPlain ? [0.01, 0.05] : [0.05, 0.3]) } : {}),
      ...(has("reorder") ? { reorder: dice.pick(isPlain ? [0.01, 0.05] : [0.05, 0.3]) } : {}),
    };
    const all = Object.keys(faults).length > 1 ? [faults] : [];
    return has("corrupt") ? [...all, ...this.#corruption()] : all;
  }

  /** v1 has no checksum and takes what is damaged as it comes: so only where nothing of it can be on the way. */
  #corruption(): readonly LinkFaults[] {
    const dice = this.#dice;
    const native = this.#clients.filter(({ dialect }) => dialect === 2).map(({ name }) => name);
    if (native.length === 0) return [];
    const corrupt = dice.pick(this.#isPlain ? [0.02, 0.1] : [0.02, 0.1, 0.3]);
    if (!this.#isPlain && dice.chance(0.5)) return [{ link: { from: "*", to: "*" }, corrupt }];
    const from = dice.pick([SERVER, ...native]);
    const to = dice.pick([SERVER, ...native].filter((name) => name !== from));
    return [{ link: { from, to }, corrupt }];
  }

  #link(): LinkFaults["link"] {
    const all = [SERVER, ...this.#clients.map(({ name }) => name), "*"];
    const from = this.#dice.pick(all);
    return { from, to: this.#dice.pick(all.filter((name) => name !== from)) };
  }

  #add(deed: Deed, inMs = 0): void {
    this.#deeds.push({ atMs: this.#nowMs + inMs, deed });
  }
}

class Dice {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed, "program");
  }

  next(): number {
    return this.#random.next();
  }

  chance(fraction: number): boolean {
    return this.next() < fraction;
  }

  /** A whole number, both ends included. */
  from(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  pick<T>(of: readonly T[]): T {
    const picked = of[Math.floor(this.next() * of.length)];
    if (picked === undefined) throw new TypeError("there is nothing to pick from");
    return picked;
  }
}
