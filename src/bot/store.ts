import type { Scopes } from "./scope.ts";
import { STATE_JSON_CHARS_MAX, STATE_KEY_CHARS_MAX, STORE_PREFIX } from "./state.ts";
import type { WorkingState } from "./unit-of-work.ts";

/**
 * What the bot remembers, also over crashes and restarts: values of JSON by their keys.
 *
 * A change is seen at once by whoever reads. It becomes durable when the handler that made it is done, together with the
 * fact that its message has been handled: if the bot crashes before, neither has happened, and the handler is called again.
 * What a handler changed before it threw an error stays.
 *
 * Every value is a copy: what you do to it afterwards changes nothing in the store.
 */
export interface Store {
  /** @example const notes = await bot.store.get<string[]>("notes"); */
  get<Value = unknown>(key: string): Promise<Value | undefined>;
  /**
   * @throws {StoreQuotaError} when the store is full.
   * @throws {TypeError} for what JSON cannot hold, such as a `Date` or `NaN`; it says where in the value.
   */
  set(key: string, value: unknown): Promise<void>;
  /** Whether there was one. */
  delete(key: string): Promise<boolean>;
  /**
   * Puts in the place of a value what `change` makes of it, without any other handler coming in between. `change` gets
   * `undefined` when there is none, and may not wait for anything.
   *
   * @returns the new value.
   * @example const n = await bot.store.update("count", (last = 0) => last + 1);
   * @example await bot.store.update("names", (names: string[] = []) => [...names, nick]);
   */
  update(key: string, change: (value: number | undefined) => number): Promise<number>;
  update<Value>(key: string, change: (value: Value | undefined) => Value): Promise<Value>;
  /** The keys that begin with this, sorted. Default: all. */
  keys(prefix?: string): Promise<string[]>;
  /** Keys and values, as `keys`. */
  entries<Value = unknown>(prefix?: string): Promise<[key: string, value: Value][]>;
  /**
   * The same store with the types of its values.
   *
   * @example const store = bot.store.typed<{ seq: number; [ticket: `ticket/${number}`]: Ticket }>();
   */
  typed<Shape extends object>(): TypedStore<Shape>;
  /** How much is kept: each entry counts the characters of its key and of its value as JSON. */
  readonly bytes: number;
  /** How much may be kept. */
  readonly bytesMax: number;
}

/** A store whose keys and values are known to the compiler. */
export interface TypedStore<Shape extends object> {
  get<Key extends keyof Shape & string>(key: Key): Promise<Shape[Key] | undefined>;
  set<Key extends keyof Shape & string>(key: Key, value: Shape[Key]): Promise<void>;
  delete(key: keyof Shape & string): Promise<boolean>;
  update<Key extends keyof Shape & string>(
    key: Key,
    change: (value: Shape[Key] | undefined) => Shape[Key],
  ): Promise<Shape[Key]>;
}

export function createStore(state: WorkingState, scopes: Scopes): Store {
  const get = (key: string): unknown => {
    const json = scopes.change((unit) => state.get(unit, storeKey(key)));
    return json === undefined ? undefined : JSON.parse(json);
  };
  const set = (key: string, value: unknown): void => {
    const json = jsonOf(key, value);
    scopes.change((unit) => state.put(unit, storeKey(key), json));
  };
  const keys = (prefix: string): string[] =>
    scopes
      .change((unit) => state.keys(unit, `${STORE_PREFIX}${prefix}`))
      .map((key) => key.slice(STORE_PREFIX.length));
  const store: Store = {
    get: async <Value>(key: string) => get(key) as Value | undefined,
    set: async (key, value) => set(key, value),
    delete: async (key) => scopes.change((unit) => state.delete(unit, storeKey(key))),
    update: async <Value>(key: string, change: (value: Value | undefined) => Value) => {
      const value = change(get(key) as Value | undefined);
      if (isThenable(value)) {
        throw new TypeError(`store.update(${JSON.stringify(key)}): the function may not wait for anything`);
      }
      set(key, value);
      return get(key) as Value;
    },
    keys: async (prefix = "") => keys(prefix),
    entries: async <Value>(prefix = "") =>
      keys(prefix).map((key): [string, Value] => [key, get(key) as Value]),
    typed: <Shape extends object>() => store as unknown as TypedStore<Shape>,
    get bytes() {
      return state.bytes;
    },
    get bytesMax() {
      return state.bytesMax;
    },
  };
  return store;
}

function storeKey(key: string): string {
  if (typeof key !== "string" || key === "")
    throw new TypeError("a key of the store is a text that is not empty");
  if (key.length > STATE_KEY_CHARS_MAX - STORE_PREFIX.length) {
    throw new TypeError(
      `a key of the store has at most ${STATE_KEY_CHARS_MAX - STORE_PREFIX.length} characters`,
    );
  }
  return `${STORE_PREFIX}${key}`;
}

/** @param where What to call the value in a complaint. @throws {TypeError} for what JSON cannot hold. */
export function jsonOf(where: string, value: unknown): string {
  refuseUnstorable(value, where, new Set());
  const json = JSON.stringify(value);
  if (json.length > STATE_JSON_CHARS_MAX) {
    throw new TypeError(
      `${where} has ${json.length} characters as JSON; one value may have ${STATE_JSON_CHARS_MAX}, so part it over several keys`,
    );
  }
  return json;
}

/** JSON would turn these into something else without a word. A field that is `undefined` is simply not there. */
function refuseUnstorable(value: unknown, path: string, above: Set<object>): void {
  const fault = unstorable(value, above);
  if (fault !== undefined) throw new TypeError(`${path} is ${fault[0]}, which cannot be stored; ${fault[1]}`);
  if (typeof value !== "object" || value === null) return;
  above.add(value);
  const isArray = Array.isArray(value);
  for (const [key, inner] of Object.entries(value)) {
    if (inner === undefined && !isArray) continue;
    refuseUnstorable(inner, isArray ? `${path}[${key}]` : `${path}.${key}`, above);
  }
  above.delete(value);
}

/** What is wrong with a value, aside from what is in it, and what to do about it. */
function unstorable(
  value: unknown,
  above: ReadonlySet<object>,
): readonly [what: string, advice: string] | undefined {
  if (value === undefined) return ["undefined", "use store.delete to forget a value"];
  if (typeof value === "number" && !Number.isFinite(value)) return [String(value), "store a finite number"];
  if (typeof value === "bigint") return ["a bigint", "store it as a number or a text"];
  if (typeof value === "function" || typeof value === "symbol")
    return [`a ${typeof value}`, "store plain data"];
  if (typeof value !== "object" || value === null) return undefined;
  if (above.has(value)) return ["a part of itself", "store plain data"];
  if (value instanceof Date) return ["a Date", "store its getTime()"];
  if (value instanceof Map) return ["a Map", "store Object.fromEntries(it)"];
  if (value instanceof Set) return ["a Set", "store an array of it: [...it]"];
  return undefined;
}

function isThenable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "then" in value;
}
