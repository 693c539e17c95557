/**
 * The program of a bot's process. It is bundled with vm2 into one file, which is all the process may read; nothing
 * imports it. The host writes frames to its standard input and reads frames from its standard output.
 *
 * Each frame is acted on in an immediate of its own, so that everything it set off is over before the next one begins:
 * when the process falls silent, the host knows at which frame. Immediates that wait together cost one round of the event loop, not
 * one each.
 */
import { writeSync } from "node:fs";
import { SourceMap } from "node:module";
import { Cron } from "croner";
import { VM, VMScript } from "vm2";
import { messageOf } from "../error-message.ts";
import {
  encodeFrames,
  FRAME_FROM_BOT_BYTES_MAX,
  FRAME_TO_BOT_BYTES_MAX,
  FrameDecoder,
} from "../pipe/frames.ts";
import { type Fault, type FromBot, type Handed, PING } from "../pipe/messages.ts";
import { encodeWhereabouts, WHEREABOUTS_BYTES_MAX, WHEREABOUTS_FD } from "../pipe/whereabouts.ts";
import type { SandboxCalls } from "./prelude.ts";
import { dropPrivileges } from "./privileges.ts";

/** What a bot may say in one turn: more is a loop that would fill the memory of both processes. */
const TURN_CHARS_MAX = 4 * 1_048_576;

/** So long frames are acted on before the event loop goes round, which is when a ping is answered. */
const ROUND_MS = 5;

/**
 * What the frames of a round bring leaves together, about so much at once: each write wakes the host up, which costs both
 * sides more than all the rest; but what waits for too many others keeps the host from working beside this process. What is lost
 * of it when the process dies belongs to events that are then handed out again.
 */
const FLUSH_CHARS = 8_192;

const VM_OPTIONS = { eval: false, wasm: false, bufferAllocLimit: 1 << 24 };

/** How much is said of an error that ends the process. */
const BREAK_CHARS_MAX = 300;

/** Whoever needs the map once needs it more often: a set-up for each of its routes, an error for each of its lines. */
const MAP_KEPT_MS = 1_000;

/** The prelude, and the same as vm2 has read it; the bundler puts them here (runner-file.ts). */
declare const PRELUDE_CODE: string;
declare const PRELUDE_AS_READ: string;

type Start = Extract<Handed, { type: "start" }>;

const PING_JSON = JSON.stringify(PING);

/**
 * So the frame of a message begins. Before the author's code sees a message, the sandbox says which handler it enters (`__enter`);
 * to note the frame itself first would cost a write for each message.
 */
const MESSAGE_START = '{"type":"input","input":{"kind":"message"';

/** What is handed in goes on as it is: it is read inside. */
const decoder = new FrameDecoder(FRAME_TO_BOT_BYTES_MAX, (json) => json);
const waiting: string[] = [];
let handledCount = 0;
let toldCount = 0;
let isRunning = false;
let isActing = false;
let roundEndMs = 0;
let hasBegun = false;
let output: string[] = [];
let outputChars = 0;
/** The frame that the sandbox may take. */
let handed = "";
/** Acts on that frame, and returns what the sandbox has to say to it, a line each. */
let dispatch: (() => unknown) | undefined;
/** Which handler the sandbox has entered. */
let entered: (() => unknown) | undefined;

dropPrivileges();
// With an empty environment the zone would be the machine's, and a run would differ from machine to machine.
process.env["TZ"] = "UTC";
process.stdin.on("data", (chunk: Buffer) => {
  const { frames, fault } = decoder.push(chunk);
  for (const json of frames) {
    if (json === PING_JSON) {
      say({ type: "pong" });
      flush();
    } else {
      waiting.push(json);
    }
  }
  if (fault !== undefined) die(`the host sent a bad frame: ${fault}`);
  if (!isRunning && waiting.length > 0) beginRound();
});
process.stdin.on("end", () => process.exit(0));
process.stdout.on("error", () => process.exit(0));

function beginRound(): void {
  isRunning = true;
  roundEndMs = performance.now() + ROUND_MS;
  for (const _ of waiting) setImmediate(actOnNext);
  setImmediate(endRound);
}

function actOnNext(): void {
  endFrame();
  if (outputChars > FLUSH_CHARS) flush();
  const json = performance.now() < roundEndMs ? waiting.shift() : undefined;
  if (json === undefined) return;
  isActing = true;
  if (!json.startsWith(MESSAGE_START)) note("");
  act(json);
}

function endRound(): void {
  endFrame();
  flush();
  isRunning = false;
  if (waiting.length > 0) beginRound();
}

/** All that the frame set off has run: inside the sandbox nothing but microtasks goes on by itself. */
function endFrame(): void {
  if (isActing) handledCount++;
  isActing = false;
}

function act(json: string): void {
  if (!hasBegun) {
    hasBegun = true;
    start(JSON.parse(json));
    return;
  }
  try {
    handed = json;
    tell(dispatch?.());
  } catch (error) {
    // What handlers throw is caught inside; this comes of one that has changed what everything stands on.
    const { name, message } = describe(error, undefined);
    die(`the bot's code broke its sandbox: ${name}: ${message.slice(0, BREAK_CHARS_MAX)}`);
  }
}

/** A promise of the built-in class. What it was rejected with is raw, from inside, and not looked at. */
process.on("unhandledRejection", () => {
  const message =
    "a promise was rejected; the bot got it from a built-in function, so its reason is not known";
  const fault = { name: "UnhandledRejection", message, stack: "" };
  say({ type: "fault", fault, handler: "a promise that nobody awaited" });
  if (!isRunning) flush();
});

let notedCount = -1;
const whereabouts = Buffer.alloc(WHEREABOUTS_BYTES_MAX);

/** Says where it is, for the host to read when nothing more is heard. @param entered the handler that was entered, if any */
function note(entered: string): void {
  notedCount = handledCount;
  const bytes = encodeWhereabouts(whereabouts, handledCount, entered);
  try {
    writeSync(WHEREABOUTS_FD, whereabouts, 0, bytes, 0);
  } catch {
    // There was no room for the file, and the bot can do without.
  }
}

function start({ nick, seed, dateMs, source, asRead, sourceMap, runMsMax, start: given }: Start): void {
  const map = new AuthorsMap(sourceMap);
  const vm = new VM({
    ...VM_OPTIONS,
    timeout: runMsMax,
    sandbox: {
      __start: JSON.stringify({ nick, seed, dateMs, start: given }),
      __send: tell,
      __take: () => handed,
      __enter(): void {
        const handler = entered?.();
        if (typeof handler === "string") note(handler);
      },
      __locate(line: unknown, column: unknown): string {
        return typeof line === "number" && typeof column === "number" ? map.locate(line, column) : "";
      },
      __nextCron(pattern: unknown, timeZone: unknown, afterMs: unknown): number | string | undefined {
        if (typeof pattern !== "string" || typeof timeZone !== "string" || typeof afterMs !== "number")
          return undefined;
        return nextCron(pattern, timeZone, afterMs);
      },
    },
  });
  try {
    ({ dispatch, entered } = vm.run(scriptOf(PRELUDE_CODE, PRELUDE_AS_READ, "udpchat.js")) as SandboxCalls);
    vm.run(scriptOf(source, asRead, "bot.js"));
  } catch (error) {
    say({ type: "start-failed", fault: describe(error, map) });
  }
}

/** A vm2 that does not know this property would read the code itself, as one does that is given nothing there (vm2-reading.ts). */
function scriptOf(code: string, asRead: string | undefined, fileName: string): VMScript {
  return Object.assign(new VMScript(code, fileName), { _compiledCode: asRead });
}

/** Where in the author's files a place of the bundle comes from. Read, a map takes two megabytes, so it is not kept that way. */
class AuthorsMap {
  readonly #json: string;
  #read: SourceMap | undefined;

  constructor(json: string) {
    this.#json = json;
  }

  /** `file:line:column`, or an empty string when it is none of the author's. */
  locate(line: number, column: number): string {
    if (this.#read === undefined) {
      this.#read = new SourceMap(JSON.parse(this.#json));
      setTimeout(() => {
        this.#read = undefined;
      }, MAP_KEPT_MS).unref();
    }
    const entry = this.#read.findEntry(line - 1, column - 1);
    if (!("originalSource" in entry) || !entry.originalSource) return "";
    return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  }
}

/** croner is here and not inside: parsed in vm2 it would cost every bot a tenth of its start. */
function nextCron(pattern: string, timeZone: string, afterMs: number): number | string | undefined {
  try {
    return new Cron(pattern, { timezone: timeZone, mode: "5-or-6-parts" })
      .nextRun(new Date(afterMs))
      ?.getTime();
  } catch (error) {
    const what = `${JSON.stringify(pattern)} in the time zone ${JSON.stringify(timeZone)}`;
    return `${what} is no cron pattern: ${messageOf(error)}`;
  }
}

/**
 * What came out of the sandbox as an error. The script's own are caught inside; these are such as a time that is up. With a map,
 * its place is looked for.
 */
function describe(error: unknown, map: AuthorsMap | undefined): Fault {
  try {
    const { name, message, stack } = error as { name?: unknown; message?: unknown; stack?: unknown };
    const text = String(stack ?? "");
    const frame = /^ {4}at (?:.*\()?([^()]+:\d+:\d+)\)?$/m.exec(text)?.[1];
    const inBundle = /bot\.js:(\d+)(?::(\d+))?/.exec(text);
    const place = frame ?? (inBundle ? map?.locate(Number(inBundle[1]), Number(inBundle[2] ?? 1)) : "");
    return {
      name: String(name ?? "Error"),
      message: String(message ?? error),
      stack: text,
      ...(place && { place }),
    };
  } catch {
    return { name: "Error", message: "an error that cannot be read was thrown", stack: "" };
  }
}

function say(message: FromBot): void {
  write(JSON.stringify(message));
}

/** What the sandbox says, a line each. */
function tell(lines: unknown): void {
  if (typeof lines !== "string" || lines === "") return;
  for (const json of lines.split("\n")) write(json);
}

function write(json: string): void {
  outputChars += json.length;
  // No UTF-16 unit takes more than three bytes.
  if (json.length > FRAME_FROM_BOT_BYTES_MAX / 3 && Buffer.byteLength(json) > FRAME_FROM_BOT_BYTES_MAX)
    die("the bot said more at once than a frame holds");
  if (outputChars > TURN_CHARS_MAX) die("the bot said more in one turn than the host takes");
  output.push(json);
}

function flush(): void {
  if (handledCount > toldCount) say({ type: "drained", count: handledCount });
  toldCount = handledCount;
  if (output.length === 0) return;
  process.stdout.write(encodeFrames(output));
  output = [];
  outputChars = 0;
}

function die(reason: string): never {
  if (isActing && notedCount !== handledCount) note("");
  process.stderr.write(`${reason}\n`);
  process.exit(70);
}
