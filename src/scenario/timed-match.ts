/**
 * Regular expressions of files, whose authors did not think of every text that a stranger sends. One that backtracks without
 * end, such as `^(a+)+$`, would keep the whole program, its signals included, from everything else.
 */
import { types } from "node:util";
import { createContext, Script } from "node:vm";

/** How long all that is looked for in one text may take of the processor, in milliseconds. Ordinarily it takes a thousandth of that. */
const MATCH_MS_MAX = 1_000;

/** The file is to blame: a regular expression has no end, on this text at least. */
export class EndlessMatch extends Error {
  override readonly name = "EndlessMatch";

  constructor(pattern: RegExp, text: string, cause: unknown) {
    super(
      `the regular expression ${pattern} does not come to an end on a text of ${text.length} characters, or not within ` +
        `${MATCH_MS_MAX / 1_000} s. Where what is repeated is itself a repetition or a choice, as in (a+)+ or (a|aa)*, ` +
        "write it so that each text can be matched in one way only",
      { cause },
    );
  }
}

/** Like `pattern.exec(text)`, from the beginning. @throws {EndlessMatch} */
export function timedExec(pattern: RegExp, text: string): RegExpExecArray | null {
  pattern.lastIndex = 0;
  if (isHarmless(pattern, text)) return pattern.exec(text);
  const known = memory.get(pattern) ?? new Map<string, RegExpExecArray | null>();
  memory.set(pattern, known);
  const before = known.get(text);
  if (before !== undefined) return before;
  const found = timed((exec) => exec(pattern, text));
  if (known.size >= REMEMBERED_MAX) known.clear();
  known.set(text, found);
  return found;
}

/**
 * For who looks for much in one text: `exec` is there within the call only. On a busy machine it may be called again.
 *
 * @param msMax of the processor's time. Default: a second
 * @throws {EndlessMatch}
 */
export function timed<T>(look: (exec: typeof timedExec) => T, msMax = MATCH_MS_MAX): T {
  let tried: readonly [RegExp, string] | undefined;
  let result: readonly [T] | undefined;
  task.run = () => {
    const found = look((pattern, text) => {
      const before = endless.get(pattern);
      if (before !== undefined) throw before;
      tried = [pattern, text];
      pattern.lastIndex = 0;
      return pattern.exec(text);
    });
    result = [found];
  };
  const began = process.threadCpuUsage();
  let leftMs = msMax;
  while (result === undefined) {
    try {
      script.runInContext(room, { timeout: Math.ceil(leftMs) });
      if (result === undefined) throw new TypeError("nothing was looked for");
    } catch (error) {
      // It is of the script's own realm, where `Error` is another.
      const isLate = types.isNativeError(error) && "code" in error && error.code === TIMED_OUT;
      if (!isLate) throw error;
      // The time-out is by the clock on the wall, and others may have had the processor.
      const { user, system } = process.threadCpuUsage(began);
      leftMs = msMax - (user + system) / 1_000;
      if (leftMs > msMax / 10) continue;
      if (tried === undefined) throw error;
      const reason = new EndlessMatch(...tried, error);
      endless.set(tried[0], reason);
      throw reason;
    }
  }
  return result[0];
}

/** A watch costs as much as a thousand ordinary matches, and steps look at the same few texts again and again. */
const memory = new WeakMap<RegExp, Map<string, RegExpExecArray | null>>();
const REMEMBERED_MAX = 256;

/** Once is enough: what has failed a step is not waited for again. */
const endless = new WeakMap<RegExp, EndlessMatch>();

/** Who repeats or chooses in one place only has few ways through a short text. */
function isHarmless({ source }: RegExp, text: string): boolean {
  return text.length <= HARMLESS_CHARS_MAX && (source.match(/[*+{|]|\?(?![:=!<])/gu)?.length ?? 0) <= 1;
}

const HARMLESS_CHARS_MAX = 4_096;

const TIMED_OUT = "ERR_SCRIPT_EXECUTION_TIMEOUT";

/** Only a script can be ended from without, and with it what it calls. */
const task: { run: () => void } = { run: () => {} };
const room = createContext(task);
const script = new Script("run()");
