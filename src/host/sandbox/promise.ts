/**
 * Promises for the inside of the sandbox.
 *
 * vm2 silences every rejection that nobody handles, so that a bot cannot end its process by one, and freezes the built-in
 * class so that it cannot be watched. The bundle's `async` functions are therefore lowered onto this class, which
 * behaves as ECMA-262 §27.2 says and tells of each rejection that is unhandled when all jobs are done.
 */
import type { ScopeKeeper } from "../../bot/ports.ts";

type Settle<T> = (value: T | PromiseLike<T>) => void;
type Reject = (reason?: unknown) => void;
type Executor<T> = (resolve: Settle<T>, reject: Reject) => void;

/** Names what `Promise` means in the bundle; the bundler puts it around the bundle, as vm2's global cannot be replaced. */
declare const __setPromise: (promise: unknown) => void;

const native = globalThis.Promise;
const jobs: (() => void)[] = [];
const unhandled = new Set<SandboxPromise<unknown>>();

/** On whose behalf code runs. What waits for a promise goes on with the scope in which it began to wait. */
let scope: unknown;

export const scopes: ScopeKeeper = {
  current: () => scope,
  run(inner, call) {
    const outer = scope;
    scope = inner;
    try {
      return call();
    } finally {
      scope = outer;
    }
  },
};
let isFlushing = false;
let report: (reason: unknown) => void = () => {};

/** Takes the place of `Promise`. `onUnhandled` is called with the reason of each rejection that nobody handles. */
export function installPromise(onUnhandled: (reason: unknown) => void): void {
  report = onUnhandled;
  Object.defineProperty(SandboxPromise, "name", { value: "Promise" });
  __setPromise(SandboxPromise);
  Object.assign(globalThis, { queueMicrotask: enqueue });
}

function enqueue(job: () => void): void {
  if (typeof job !== "function") throw new TypeError("queueMicrotask needs a function");
  push(job, scope);
}

function push(job: () => void, jobScope: unknown): void {
  jobs.push(() => scopes.run(jobScope, () => runJob(job)));
  scheduleFlush();
}

function runJob(job: () => void): void {
  try {
    job();
  } catch (error) {
    report(error);
  }
}

function scheduleFlush(): void {
  if (isFlushing) return;
  isFlushing = true;
  void native.resolve().then(flush);
}

function flush(): void {
  for (let i = 0; i < jobs.length; i++) {
    jobs[i]?.();
    // What has run is let go of now and then, or a long chain would hold all of itself in memory.
    if (i === 1_000) {
      jobs.splice(0, i + 1);
      i = -1;
    }
  }
  jobs.length = 0;
  isFlushing = false;
  const rejected = [...unhandled];
  unhandled.clear();
  for (const promise of rejected) scopes.run(promise.scope, () => report(promise.reason));
}

class SandboxPromise<T> implements PromiseLike<T> {
  #state: "pending" | "fulfilled" | "rejected" = "pending";
  #value: unknown;
  #reactions: (() => void)[] = [];
  #isHandled = false;
  readonly #scope: unknown = scope;

  constructor(executor: Executor<T>) {
    if (typeof executor !== "function")
      throw new TypeError(`Promise resolver ${String(executor)} is not a function`);
    const { resolve, reject } = this.#resolvers();
    try {
      executor(resolve as Settle<T>, reject);
    } catch (error) {
      reject(error);
    }
  }

  get reason(): unknown {
    return this.#value;
  }

  get scope(): unknown {
    return this.#scope;
  }

  get [Symbol.toStringTag](): string {
    return "Promise";
  }

  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): SandboxPromise<A | B> {
    this.#isHandled = true;
    unhandled.delete(this);
    const waiting = scope;
    return new SandboxPromise<A | B>((resolve, reject) => {
      const react = (): void => {
        const handler = this.#state === "fulfilled" ? onFulfilled : onRejected;
        try {
          if (typeof handler === "function") resolve(handler(this.#value as T));
          else if (this.#state === "fulfilled") resolve(this.#value as A);
          else reject(this.#value);
        } catch (error) {
          reject(error);
        }
      };
      if (this.#state === "pending") this.#reactions.push(() => push(react, waiting));
      else push(react, waiting);
    });
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): SandboxPromise<T | B> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => unknown) | null): SandboxPromise<T> {
    if (typeof onFinally !== "function") return this.then();
    return this.then(
      (value) => SandboxPromise.resolve(onFinally()).then(() => value),
      (reason) =>
        SandboxPromise.resolve(onFinally()).then(() => {
          throw reason;
        }),
    );
  }

  /** One pair that settles this promise; the first call counts. */
  #resolvers(): { resolve: (value: unknown) => void; reject: Reject } {
    let isResolved = false;
    const once = (act: (value: unknown) => void) => (value?: unknown) => {
      if (isResolved) return;
      isResolved = true;
      act(value);
    };
    return {
      resolve: once((value) => this.#resolve(value)),
      reject: once((reason) => this.#settle("rejected", reason)),
    };
  }

  #resolve(value: unknown): void {
    if (value === this) {
      this.#settle("rejected", new TypeError("Chaining cycle detected for promise #<Promise>"));
      return;
    }
    let then: unknown;
    try {
      then = isObject(value) ? (value as { then?: unknown }).then : undefined;
    } catch (error) {
      this.#settle("rejected", error);
      return;
    }
    if (typeof then !== "function") {
      this.#settle("fulfilled", value);
      return;
    }
    const { resolve, reject } = this.#resolvers();
    enqueue(() => {
      try {
        Reflect.apply(then, value, [resolve, reject]);
      } catch (error) {
        reject(error);
      }
    });
  }

  #settle(state: "fulfilled" | "rejected", value: unknown): void {
    this.#state = state;
    this.#value = value;
    if (state === "rejected" && !this.#isHandled) {
      unhandled.add(this as SandboxPromise<unknown>);
      scheduleFlush();
    }
    for (const react of this.#reactions) react();
    this.#reactions = [];
  }

  static resolve<T>(value?: T | PromiseLike<T>): SandboxPromise<T> {
    if (value instanceof SandboxPromise) return value as SandboxPromise<T>;
    return new SandboxPromise<T>((resolve) => resolve(value as T));
  }

  static reject(reason?: unknown): SandboxPromise<never> {
    return new SandboxPromise((_, reject) => reject(reason));
  }

  static withResolvers<T>(): { promise: SandboxPromise<T>; resolve: Settle<T>; reject: Reject } {
    let settle: { resolve: Settle<T>; reject: Reject } | undefined;
    const promise = new SandboxPromise<T>((resolve, reject) => {
      settle = { resolve, reject };
    });
    return { promise, ...(settle as unknown as { resolve: Settle<T>; reject: Reject }) };
  }

  static try<T>(call: (...args: unknown[]) => T | PromiseLike<T>, ...args: unknown[]): SandboxPromise<T> {
    return new SandboxPromise<T>((resolve) => resolve(call(...args)));
  }

  static race<T>(items: Iterable<T | PromiseLike<T>>): SandboxPromise<T> {
    return new SandboxPromise<T>((resolve, reject) => {
      for (const item of items) SandboxPromise.resolve(item).then(resolve, reject);
    });
  }

  static all<T>(items: Iterable<T | PromiseLike<T>>): SandboxPromise<T[]> {
    return gather(items, (item, keep, _, reject) => item.then(keep, reject));
  }

  static allSettled<T>(items: Iterable<T | PromiseLike<T>>): SandboxPromise<PromiseSettledResult<T>[]> {
    return gather(items, (item, keep) =>
      item.then(
        (value) => keep({ status: "fulfilled", value }),
        (reason) => keep({ status: "rejected", reason }),
      ),
    );
  }

  static any<T>(items: Iterable<T | PromiseLike<T>>): SandboxPromise<T> {
    const first = gather<T, unknown>(
      items,
      (item, keep, end) => item.then(end, keep),
      "All promises were rejected",
    );
    return first as SandboxPromise<unknown> as SandboxPromise<T>;
  }

  static get [Symbol.species](): typeof SandboxPromise {
    return SandboxPromise;
  }
}

/**
 * Waits for all items, each kept at its place; `wait` says which outcome of an item is kept and which ends it.
 *
 * @param failure When given, having kept every item is a failure with this message.
 */
function gather<T, Kept>(
  items: Iterable<T | PromiseLike<T>>,
  wait: (
    item: SandboxPromise<T>,
    keep: (value: Kept) => void,
    end: (value: unknown) => void,
    reject: Reject,
  ) => void,
  failure?: string,
): SandboxPromise<Kept[]> {
  return new SandboxPromise<Kept[]>((resolve, reject) => {
    const kept: Kept[] = [];
    let waiting = 1;
    const done = (): void => {
      waiting--;
      if (waiting > 0) return;
      if (failure === undefined) resolve(kept);
      else reject(new AggregateError(kept, failure));
    };
    let count = 0;
    for (const item of items) {
      const i = count++;
      waiting++;
      const keep = (value: Kept): void => {
        kept[i] = value;
        done();
      };
      wait(SandboxPromise.resolve(item), keep, resolve as (value: unknown) => void, reject);
    }
    done();
  });
}

function isObject(value: unknown): boolean {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}
