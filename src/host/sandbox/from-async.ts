type Items<T> = AsyncIterable<T> | Iterable<T | PromiseLike<T>> | ArrayLike<T | PromiseLike<T>>;

/**
 * `Array.fromAsync` of our promises (ECMA-262, §23.1.2.2). The built-in one returns a promise of the built-in class, which forgets
 * on whose behalf it goes on and ends the process when it is rejected and nobody awaits it.
 */
export function installFromAsync(): void {
  Object.defineProperty(Array, "fromAsync", { value: fromAsync, writable: true, configurable: true });
}

async function fromAsync<T>(
  items: Items<T>,
  map?: (item: T, index: number) => unknown,
  thisArg?: unknown,
): Promise<unknown[]> {
  if (map !== undefined && typeof map !== "function") throw new TypeError(`${String(map)} is not a function`);
  const result: unknown[] = [];
  const keep = async (item: T): Promise<void> => {
    result.push(map === undefined ? item : await map.call(thisArg, item, result.length));
  };
  if (Symbol.asyncIterator in Object(items) || Symbol.iterator in Object(items)) {
    for await (const item of items as AsyncIterable<T>) await keep(item);
  } else {
    const { length } = items as ArrayLike<T | PromiseLike<T>>;
    for (let i = 0; i < length; i++) await keep((await (items as ArrayLike<T | PromiseLike<T>>)[i]) as T);
  }
  return result;
}
