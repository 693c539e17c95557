/**
 * Time and chance inside the sandbox: both are the host's. The date stands still while code runs and moves with each
 * thing the host hands in; timers are kept by the host and only called here.
 */
import { SeededRandom } from "../../net/seeded-random.ts";
import { TIMERS_MAX } from "../pipe/bounds.ts";
import { start, tell } from "./host-calls.ts";
import { scopes } from "./jobs.ts";
import { callSite } from "./stack.ts";

const DELAY_MS_MAX = 2 ** 31 - 1;

type Callback = (...args: unknown[]) => unknown;

interface SandboxTimer {
  readonly call: () => void;
  readonly place: string | undefined;
  /** On whose behalf it was set. */
  readonly scope: unknown;
}

const timers = new Map<number, SandboxTimer>();
let lastTimer = 0;
let dateMs = start.dateMs;

export function nowMs(): number {
  return dateMs;
}

export function moveTo(nextDateMs: number): void {
  dateMs = nextDateMs;
}

/** Calls what waits for this timer, and `onError` with what that throws and where the timer was set. */
export function callTimer(id: number, onError: (error: unknown, place: string | undefined) => void): void {
  const timer = timers.get(id);
  scopes.run(timer?.scope, () => {
    try {
      timer?.call();
    } catch (error) {
      onError(error, timer?.place);
    }
  });
}

/** A timer of the runtime's own: nobody's behalf, nobody's line. */
export function schedule(delayMs: number, call: () => void): () => void {
  const id = ++lastTimer;
  const callOnce = (): void => {
    timers.delete(id);
    call();
  };
  timers.set(id, { call: callOnce, place: undefined, scope: undefined });
  tell({ type: "timer-set", id, delayMs: Math.min(Math.max(delayMs, 0), DELAY_MS_MAX) });
  return () => clearTimer(id);
}

export function installTime(): void {
  const random = new SeededRandom(start.seed);
  Math.random = () => random.next();
  globalThis.Date = hostDate(Date);
  stopClocks();
  Object.assign(globalThis, {
    setTimeout: (callback: Callback, delayMs?: number, ...args: unknown[]) =>
      setTimer(callback, delayMs, args, false),
    setInterval: (callback: Callback, delayMs?: number, ...args: unknown[]) =>
      setTimer(callback, delayMs, args, true),
    setImmediate: (callback: Callback, ...args: unknown[]) => setTimer(callback, 0, args, false),
    clearTimeout: clearTimer,
    clearInterval: clearTimer,
    clearImmediate: clearTimer,
  });
}

/** What `setTimeout` returns: a number where one is needed, with the methods that code for Node.js calls. */
class TimerHandle {
  readonly #id: number;

  constructor(id: number) {
    this.#id = id;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return timers.has(this.#id);
  }

  [Symbol.toPrimitive](): number {
    return this.#id;
  }
}

function setTimer(
  callback: Callback,
  delay: unknown,
  args: readonly unknown[],
  repeats: boolean,
): TimerHandle {
  if (typeof callback !== "function") throw new TypeError("a timer needs a function to call");
  if (timers.size >= TIMERS_MAX) throw new RangeError(`more than ${TIMERS_MAX} timers wait`);
  const asked = Number(delay);
  // As in Node.js: what is no delay is one millisecond.
  const delayMs = asked >= 1 && asked <= DELAY_MS_MAX ? Math.trunc(asked) : 1;
  const id = ++lastTimer;
  const place = callSite();
  const arm = (): void => tell({ type: "timer-set", id, delayMs, ...(place !== undefined && { place }) });
  const call = (): void => {
    if (repeats) arm();
    else timers.delete(id);
    callback(...args);
  };
  timers.set(id, { call, place, scope: scopes.current() });
  arm();
  return new TimerHandle(id);
}

function clearTimer(handle: unknown): void {
  const id = Number(handle);
  if (timers.delete(id)) tell({ type: "timer-clear", id });
}

function hostDate(Native: DateConstructor): DateConstructor {
  function HostDate(...args: unknown[]): unknown {
    if (!new.target) return new Native(dateMs).toString();
    return Reflect.construct(Native, args.length === 0 ? [dateMs] : args, new.target);
  }
  HostDate.prototype = Native.prototype;
  Native.prototype.constructor = HostDate;
  Object.defineProperties(HostDate, {
    name: { value: "Date" },
    length: { value: 7 },
    now: { value: nowMs, writable: true, configurable: true },
    parse: { value: Native.parse, writable: true, configurable: true },
    UTC: { value: Native.UTC, writable: true, configurable: true },
  });
  return HostDate as unknown as DateConstructor;
}

/** Takes away what reads or waits on the machine's own clock, and WebAssembly, which vm2 has disabled but not removed. */
function stopClocks(): void {
  for (const name of ["Temporal", "Atomics", "SharedArrayBuffer", "WebAssembly"]) {
    Reflect.deleteProperty(globalThis, name);
  }
  const { prototype } = Intl.DateTimeFormat;
  const { formatToParts } = prototype;
  const format = Object.getOwnPropertyDescriptor(prototype, "format")?.get;
  prototype.formatToParts = function (this: Intl.DateTimeFormat, date) {
    return formatToParts.call(this, date ?? dateMs);
  };
  if (format === undefined) return;
  Object.defineProperty(prototype, "format", {
    configurable: true,
    get(this: Intl.DateTimeFormat) {
      const bound = format.call(this) as (date: unknown) => string;
      return (date?: unknown) => bound(date ?? dateMs);
    },
  });
}
