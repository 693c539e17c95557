/** What goes on by itself inside the sandbox: jobs (ECMA-262 §9.5), each on somebody's behalf. */
import type { ScopeKeeper } from "../../bot/ports.ts";

/** Something to do when the code that runs has come to its end, on the same behalf. */
export interface Job {
  readonly scope: unknown;
  next: Job | undefined;
  run(): void;
}

/** On whose behalf code runs. What waits for a promise goes on with the scope in which it began to wait. */
export let scope: unknown;

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

const native = globalThis.Promise;
/** They hang together one by one, so that none that has run is held, however long the chain. */
let firstJob: Job | undefined;
let lastJob: Job | undefined;
let isFlushing = false;
let report: (error: unknown) => void = () => {};
let onDone: () => void = () => {};

/** `onError` is called with what a job throws, `whenDone` each time that all jobs are done. */
export function installJobs(onError: (error: unknown) => void, whenDone: () => void): void {
  report = onError;
  onDone = whenDone;
  Object.assign(globalThis, { queueMicrotask });
}

function queueMicrotask(call: () => void): void {
  if (typeof call !== "function") throw new TypeError("queueMicrotask needs a function");
  // Called by itself: the job is not the author's `this`.
  enqueue(() => call());
}

export function enqueue(run: () => void): void {
  push({ scope, next: undefined, run });
}

export function push(job: Job): void {
  if (lastJob === undefined) firstJob = job;
  else lastJob.next = job;
  lastJob = job;
  scheduleFlush();
}

/** All jobs will be done, and then `whenDone` called. */
export function scheduleFlush(): void {
  if (isFlushing) return;
  isFlushing = true;
  void native.resolve().then(flush);
}

/**
 * Calls, and before it returns does all that this sets off. Outside of such a call what is to be done waits for a job of the
 * built-in promises, on which vm2 keeps so close an eye that it takes longer than most handlers.
 */
export function runToEnd(call: () => void): void {
  isFlushing = true;
  try {
    call();
  } finally {
    flush();
  }
}

function flush(): void {
  const outer = scope;
  while (firstJob !== undefined) {
    const job = firstJob;
    firstJob = job.next;
    if (firstJob === undefined) lastJob = undefined;
    job.next = undefined;
    scope = job.scope;
    try {
      job.run();
    } catch (error) {
      report(error);
    }
  }
  scope = outer;
  isFlushing = false;
  onDone();
}
