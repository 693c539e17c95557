/**
 * Promises for the inside of the sandbox.
 *
 * vm2 silences every rejection that nobody handles, so that a bot cannot end its process by one, and freezes the built-in
 * class so that it cannot be watched. All `async` functions are therefore lowered onto this class, which
 * behaves as ECMA-262 §27.2 says and tells of each rejection that is unhandled when all jobs are done.
 */
import { enqueue, installJobs, type Job, push, scheduleFlush, scope, scopes } from "./jobs.ts";

type Settle<T> = (value: T | PromiseLike<T>) => void;
type Reject = (reason?: unknown) => void;
type Executor<T> = (resolve: Settle<T>, reject: Reject) => void;

/** Names what `Promise` means in all of ours; it is put around it (runner-file.ts), as vm2's global cannot be replaced. */
declare const __setPromise: (promise: unknown) => void;

const unhandled = new Set<SandboxPromise<unknown>>();

/** Takes the place of `Promise`. `onUnhandled` is called with the reason of each rejection that nobody handles. */
export function installPromise(onUnhandled: (reason: unknown) => void): void {
  installJobs(onUnhandled, () => {
    if (unhandled.size === 0) return;
    const rejected = [...unhandled];
    unhandled.clear();
    for (const promise of rejected) scopes.run(promise.scope, () => onUnhandled(promise.reason));
  });
  Object.defineProperty(SandboxPromise, "name", { value: "Promise" });
  __setPromise(SandboxPromise);
}

/** What waits for a promise: handlers, and the promise that is settled by what they return. */
class Reaction implements Job {
  readonly scope: unknown;
  next: Job | undefined;
  readonly #derived: SandboxPromise<unknown>;
  readonly #onFulfilled: unknown;
  readonly #onRejected: unknown;
  #isFulfilled = false;
  #value: unknown;

  constructor(derived: SandboxPromise<unknown>, onFulfilled?: unknown, onRejected?: unknown) {
    this.scope = scope;
    this.next = undefined;
    this.#derived = derived;
    this.#onFulfilled = onFulfilled;
    this.#onRejected = onRejected;
  }

  /** The promise is settled. */
  begin(isFulfilled: boolean, value: unknown): void {
    this.#isFulfilled = isFulfilled;
    this.#value = value;
    push(this);
  }

  run(): void {
    const handler = this.#isFulfilled ? this.#onFulfilled : this.#onRejected;
    let result = this.#value;
    if (typeof handler === "function") {
      try {
        result = handler(result);
      } catch (error) {
        reject(this.#derived, error);
        return;
      }
    } else if (!this.#isFulfilled) {
      reject(this.#derived, result);
      return;
    }
    resolve(this.#derived, result);
  }
}

/** For promises of our own, that need no functions which settle them. */
const NO_EXECUTOR: Executor<never> = () => {};

let resolve: (promise: SandboxPromise<unknown>, value: unknown) => void;
let reject: (promise: SandboxPromise<unknown>, reason: unknown) => void;

class SandboxPromise<T> implements PromiseLike<T> {
  #state: "pending" | "fulfilled" | "rejected" = "pending";
  #value: unknown;
  #reactions: Reaction[] | undefined;
  #isHandled = false;
  readonly #scope: unknown = scope;

  static {
    resolve = (promise, value) => promise.#resolve(value);
    reject = (promise, reason) => promise.#settle("rejected", reason);
  }

  constructor(executor: Executor<T>) {
    if (executor === NO_EXECUTOR) return;
    if (typeof executor !== "function")
      throw new TypeError(`Promise resolver ${String(executor)} is not a function`);
    const { resolve, reject } = this.#resolvers();
    try {
      executor(resolve, reject);
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
    const derived = new SandboxPromise<A | B>(NO_EXECUTOR);
    this.#react(new Reaction(derived as SandboxPromise<unknown>, onFulfilled, onRejected));
    return derived;
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

  #react(reaction: Reaction): void {
    if (!this.#isHandled) {
      this.#isHandled = true;
      if (this.#state === "rejected") unhandled.delete(this as SandboxPromise<unknown>);
    }
    if (this.#state !== "pending") reaction.begin(this.#state === "fulfilled", this.#value);
    else if (this.#reactions === undefined) this.#reactions = [reaction];
    else this.#reactions.push(reaction);
  }

  #resolve(value: unknown): void {
    if (!isObject(value)) {
      this.#settle("fulfilled", value);
      return;
    }
    if (value === this) {
      this.#settle("rejected", new TypeError("Chaining cycle detected for promise #<Promise>"));
      return;
    }
    let then: unknown;
    try {
      then = (value as { then?: unknown }).then;
    } catch (error) {
      this.#settle("rejected", error);
      return;
    }
    if (typeof then !== "function") {
      this.#settle("fulfilled", value);
    } else if (value instanceof SandboxPromise && then === SandboxPromise.prototype.then) {
      // As below, without the functions that nobody sees.
      enqueue(() => value.#react(new Reaction(this as SandboxPromise<unknown>)));
    } else {
      enqueue(() => this.#follow(value, then as (...args: never) => unknown));
    }
  }

  #follow(value: unknown, then: (...args: never) => unknown): void {
    const { resolve, reject } = this.#resolvers();
    try {
      Reflect.apply(then, value, [resolve, reject]);
    } catch (error) {
      reject(error);
    }
  }

  /** One pair that settles this promise; the first call counts. */
  #resolvers(): { resolve: (value: unknown) => void; reject: Reject } {
    let isResolved = false;
    return {
      resolve: (value) => {
        if (isResolved) return;
        isResolved = true;
        this.#resolve(value);
      },
      reject: (reason) => {
        if (isResolved) return;
        isResolved = true;
        this.#settle("rejected", reason);
      },
    };
  }

  #settle(state: "fulfilled" | "rejected", value: unknown): void {
    this.#state = state;
    this.#value = value;
    if (state === "rejected" && !this.#isHandled) {
      unhandled.add(this as SandboxPromise<unknown>);
      scheduleFlush();
    }
    const reactions = this.#reactions;
    if (reactions === undefined) return;
    this.#reactions = undefined;
    for (const reaction of reactions) reaction.begin(state === "fulfilled", value);
  }

  static resolve<T>(value?: T | PromiseLike<T>): SandboxPromise<T> {
    if (value instanceof SandboxPromise) return value as SandboxPromise<T>;
    const promise = new SandboxPromise<T>(NO_EXECUTOR);
    promise.#resolve(value);
    return promise;
  }

  static reject(reason?: unknown): SandboxPromise<never> {
    const promise = new SandboxPromise<never>(NO_EXECUTOR);
    promise.#settle("rejected", reason);
    return promise;
  }

  static withResolvers<T>(): { promise: SandboxPromise<T>; resolve: Settle<T>; reject: Reject } {
    const promise = new SandboxPromise<T>(NO_EXECUTOR);
    return { promise, ...promise.#resolvers() };
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

/** A promise of ours that whoever made it {@link settle}s: without the functions that an executor is given. */
export function newPromise<T>(): Promise<T> {
  return new SandboxPromise<T>(NO_EXECUTOR) as unknown as Promise<T>;
}

export function settle<T>(promise: Promise<T>, value: T): void {
  resolve(promise as unknown as SandboxPromise<unknown>, value);
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
