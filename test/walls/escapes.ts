/**
 * Ways out of vm2 and of JavaScript's own boundaries, after those that were found over the years (the advisories of vm2 and
 * of its predecessors), each written anew as a function that returns what it got hold of. A sandbox holds when none returns a thing of
 * the host's.
 */

export interface Escape {
  readonly name: string;
  /** The body of a function that may return what it caught, or throw. */
  readonly code: string;
}

export const ESCAPES: readonly Escape[] = [
  { name: "the constructor of this", code: `return this.constructor.constructor("return process")();` },
  {
    name: "the constructor of globalThis",
    code: `return globalThis.constructor.constructor("return process")();`,
  },
  { name: "indirect eval", code: `return (0, eval)("process");` },
  { name: "an import", code: `return Function("return import('node:fs')")();` },
  {
    name: "an async function's constructor",
    code: `return (async () => {}).constructor("return process")();`,
  },
  {
    name: "a generator's constructor",
    code: `return (function* () {}).constructor("return process")().next().value;`,
  },
  {
    name: "a stack overflow in the host's code",
    code: `let caught; const dive = () => { try { dive(); } catch (e) { caught = e; } }; dive();
      return caught.constructor.constructor("return process")();`,
  },
  {
    name: "a stack overflow while something crosses",
    code: `let caught; const dive = () => { try { bot.log.debug({ toString: dive }); } catch (e) { caught = e; } };
      dive(); return caught?.constructor.constructor("return process")();`,
  },
  {
    name: "prepareStackTrace with call sites",
    code: `let leak; const before = Error.prepareStackTrace;
      Error.prepareStackTrace = (_, sites) => { leak = sites.map((site) => site.getThis?.() ?? site.getFunction?.()).find(Boolean); return ""; };
      try { null.x; } catch (e) { void e.stack; } finally { Error.prepareStackTrace = before; } return leak?.process ?? leak?.constructor?.constructor("return process")();`,
  },
  {
    name: "prepareStackTrace of another Error",
    code: `globalThis.OldError = Error; globalThis.Error = {}; Error.prepareStackTrace = (_, s) => s;
      try { const { stack } = new OldError(); return stack[0]?.getThis?.()?.process; } finally { globalThis.Error = OldError; }`,
  },
  {
    name: "a name that throws while the stack is written",
    code: `const e = new Error(); e.name = { toString: new Proxy(() => "", { apply(_t, _s, args) { throw args.constructor.constructor("return process")(); } }) };
      try { void e.stack; } catch (caught) { return caught; }`,
  },
  {
    name: "a proxy's getPrototypeOf that throws",
    code: `try { throw new Proxy({}, { getPrototypeOf() { throw { get x() { return 1; } }; } }); }
      catch (e) { return e.constructor?.constructor("return process")(); }`,
  },
  {
    name: "species of promises",
    code: `async function f() {} let caught; const p = f();
      p.constructor = { [Symbol.species]: class { constructor(executor) { executor((v) => v, (e) => { caught = e; }); } } };
      p.then(); return caught?.constructor.constructor("return process")();`,
  },
  {
    name: "species of arrays",
    code: `class Spy extends Array { static get [Symbol.species]() { return function (n) { return new Proxy([], { defineProperty: (t, k, d) => (globalThis.leak = d.value, true) }); }; } }
      new Spy(1, 2).map((x) => x); return globalThis.leak?.constructor.constructor("return process")();`,
  },
  {
    name: "custom inspection",
    code: `const o = { [Symbol.for("nodejs.util.inspect.custom")]: (_d, _o, inspect) => { globalThis.leak = inspect; return ""; } };
      console.log(o); bot.log.info("x", { o }); return globalThis.leak?.constructor.constructor("return process")();`,
  },
  {
    name: "the caller of a function",
    code: `return (function f() { return f.caller?.caller?.arguments?.[0]?.constructor?.constructor("return process")(); })();`,
  },
  {
    name: "arguments.callee.caller",
    code: `return (function () { return arguments.callee.caller?.constructor("return process")(); })();`,
  },
  {
    name: "a construct trap with another newTarget",
    code: `const B = Reflect.construct(Object, [], new Proxy(function () {}, { get: (_t, k, r) => (k === "prototype" ? r : undefined) })); return B.constructor("return process")();`,
  },
  {
    name: "Buffer's pool",
    code: `return Buffer.from("x").buffer.constructor.constructor("return process")();`,
  },
  { name: "Buffer's inspection", code: `return Buffer.from("x").inspect?.constructor("return process")();` },
  { name: "WebAssembly", code: `return WebAssembly.compileStreaming?.({ then() {} })?.constructor;` },
  { name: "timers", code: `return setTimeout(() => {}, 1).constructor.constructor("return process")();` },
  { name: "a text as a timer's code", code: `return setTimeout("globalThis.leak = process", 1);` },
  { name: "the functions that cross", code: `return bot.send.constructor("return process")();` },
  { name: "console's functions", code: `return console.log.constructor("return process")();` },
  {
    name: "what a function that crosses is called with",
    code: `return bot.now.call({ get constructor() { globalThis.leak = this; return Object; } })?.constructor.constructor("return process")();`,
  },
  {
    name: "errors of what crosses",
    code: `try { bot.send({ toString() { throw {}; } }, Symbol()); } catch (e) { return e.constructor.constructor("return process")(); }`,
  },
  {
    name: "JSON's toJSON",
    code: `Object.prototype.toJSON = function () { globalThis.leak ??= this; return this; };
      try { bot.log.info("x", { a: 1 }); } finally { delete Object.prototype.toJSON; } return globalThis.leak?.constructor?.constructor("return process")();`,
  },
  {
    name: "pollution of Object.prototype",
    code: `Object.prototype.env = "polluted"; Object.prototype.shell = "/bin/sh"; bot.log.info("x"); try { return ({}).mainModule; } finally { delete Object.prototype.env; delete Object.prototype.shell; }`,
  },
  {
    name: "setters on Array.prototype",
    code: `Object.defineProperty(Array.prototype, 0, { configurable: true, set(v) { globalThis.leak = v; } });
      try { bot.log.info("x", { list: [1] }); } finally { delete Array.prototype[0]; } return globalThis.leak?.constructor?.constructor("return process")();`,
  },
  {
    name: "Function.prototype.call",
    code: `const before = Function.prototype.call; Function.prototype.call = function (...a) { globalThis.leak ??= a[0]; return before.apply(this, a); };
      try { bot.log.info("x"); } finally { Function.prototype.call = before; } return globalThis.leak?.constructor?.constructor("return process")();`,
  },
  {
    name: "WeakMap's methods",
    code: `const { get } = WeakMap.prototype; WeakMap.prototype.get = function (k) { globalThis.leak ??= k; return get.call(this, k); };
      try { bot.log.info("x", {}); } finally { WeakMap.prototype.get = get; } return globalThis.leak?.constructor?.constructor("return process")();`,
  },
  {
    name: "Reflect's methods",
    code: `const { apply } = Reflect; Reflect.apply = (f, t, a) => { globalThis.leak ??= f; return apply(f, t, a); };
      try { new Date().getTime(); bot.now(); } finally { Reflect.apply = apply; } return globalThis.leak?.constructor?.("return process")?.();`,
  },
  {
    name: "Error.captureStackTrace",
    code: `const o = {}; Error.captureStackTrace(o); return o.stack?.constructor?.constructor("return process")();`,
  },
  {
    name: "an iterator of the host's",
    code: `const i = new Map([[1, 2]])[Symbol.iterator](); return Object.getPrototypeOf(Object.getPrototypeOf(i)).constructor?.constructor("return process")();`,
  },
  {
    name: "Symbol.hasInstance",
    code: `class T { static [Symbol.hasInstance](v) { globalThis.leak = v; } } void ({} instanceof T); return globalThis.leak?.constructor?.constructor("return process")();`,
  },
  {
    name: "__proto__ of a message",
    code: `return ctx.message.__proto__.constructor.constructor("return process")();`,
  },
  { name: "the match of a pattern", code: `return ctx.match.constructor.constructor("return process")();` },
  {
    name: "globals of Node.js",
    code: `return globalThis.process ?? globalThis.require ?? globalThis.module ?? globalThis.global?.process;`,
  },
  {
    name: "a symbol that Node.js shares",
    code: `return Symbol.for("nodejs.rejection") in Promise && process;`,
  },
  {
    name: "FinalizationRegistry",
    code: `return new FinalizationRegistry(() => {}).constructor.constructor("return process")();`,
  },
  {
    name: "a getter on what is thrown",
    code: `throw { get message() { return this.constructor.constructor("return process")(); }, get stack() { return process; } };`,
  },
  {
    name: "a proxy that is thrown",
    code: `throw new Proxy(new Error("x"), { get(_t, k) { throw new Proxy({}, {}); } });`,
  },
  { name: "a module of Node.js by its binding", code: `return Function("return process.binding('fs')")();` },
];
