/**
 * Calls `log` in an order that ECMA-262 determines, for one implementation of promises to be compared with another. It
 * is handed around as text, so it uses nothing from outside.
 */
export async function promiseOrders(log: (step: string) => void): Promise<void> {
  const later = (n: number, value: string): Promise<string> =>
    n === 0 ? Promise.resolve(value) : Promise.resolve().then(() => later(n - 1, value));

  log("start");
  queueMicrotask(() => log("microtask"));
  Promise.resolve("a").then(log);
  Promise.resolve("b")
    .then(log)
    .then(() => log("after b"));
  new Promise<string>((resolve) => {
    log("executor");
    resolve("c");
    resolve("never");
  }).then(log);
  log("end");
  log(await later(3, "awaited"));

  log(await Promise.reject(new Error("no")).catch((error: Error) => `caught ${error.message}`));
  log(await Promise.resolve("kept").finally(() => "dropped"));
  await Promise.reject(new Error("first"))
    .finally(() => {
      throw new Error("second");
    })
    .catch((error: Error) => log(error.message));
  log((await Promise.all([later(2, "x"), "y", later(0, "z")])).join());
  log((await Promise.all([])).length.toString());
  log(await Promise.race([later(2, "slow"), later(1, "fast")]));
  log(await Promise.any([Promise.reject(new Error("e")), later(1, "any")]));
  await Promise.any([Promise.reject(new Error("e"))]).catch((error: AggregateError) =>
    log(`${error.constructor.name} ${error.errors.length}`),
  );
  log(JSON.stringify(await Promise.allSettled([later(1, "v"), Promise.reject("r")])));
  const { promise, resolve } = Promise.withResolvers<string>();
  queueMicrotask(() => resolve("resolved"));
  log(await promise);
  const es2025 = Promise as unknown as { try<T>(call: (text: string) => T, text: string): Promise<T> };
  log(await es2025.try((text) => `tried ${text}`, "it"));
  const own: Promise<unknown> = Promise.resolve().then(() => own);
  await own.catch((error: Error) => log(error.constructor.name));
  log(String((async () => {})() instanceof Promise));
  log(Object.prototype.toString.call(Promise.resolve()));
  async function* numbers() {
    yield await later(1, "1");
    yield "2";
  }
  for await (const number of numbers()) log(number);
}
