/** What a run says while it goes on. */
import type { SeedReport } from "./report.ts";

/** One line that changes on a terminal, a line now and then in a pipe, nothing for programs. */
export class Progress {
  readonly #of: number;
  readonly #silent: boolean;
  readonly #isTerminal = process.stderr.isTTY === true;
  #printedMs = performance.now();

  constructor(of: number, silent: boolean) {
    this.#of = of;
    this.#silent = silent;
  }

  update(reports: readonly SeedReport[], beganMs: number): void {
    const nowMs = performance.now();
    if (this.#silent || nowMs - this.#printedMs < (this.#isTerminal ? 100 : 10_000)) return;
    this.#printedMs = nowMs;
    const perMinute = Math.round((60_000 * reports.length) / (nowMs - beganMs));
    const broken = reports.filter(isBroken).length;
    const line = `${reports.length} of ${this.#of} seeds, ${perMinute} a minute, ${broken} with a violation`;
    process.stderr.write(this.#isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
  }

  say(text: string): void {
    this.end();
    console.log(text);
  }

  end(): void {
    if (this.#isTerminal && !this.#silent) process.stderr.write("\r\u001b[K");
  }
}

export function isBroken({ breaches }: SeedReport): boolean {
  return breaches.length > 0;
}

export function violationText({ seed, breaches, explanation }: SeedReport): string {
  const lines = [`✗ seed ${seed}`];
  const told = explanation === undefined ? breaches : [explanation.breach];
  for (const { rule, expected, found } of told) {
    lines.push(
      `  ${rule}: expected is that ${expected}`,
      ...found.map((line) => `    ${line.replaceAll("\n", "\n    ")}`),
    );
  }
  if (explanation !== undefined) {
    const { cast, only, story } = explanation;
    const who = cast.map(
      ({ name, dialect, careful }) => `${name} (v${dialect}${careful ? ", careful" : ""})`,
    );
    lines.push(`  with ${who.join(", ")}`);
    lines.push(`  cut down to ${only.length} actions:`, ...story.map((line) => `  ${line}`));
    lines.push("  to see it again, with every datagram:");
    lines.push(`    npm run soak -- --seeds ${seed} --only ${only.join(",")} --datagrams`);
  } else {
    lines.push(`  to see it again: npm run soak -- --seeds ${seed}`);
  }
  return lines.join("\n");
}
