import type { Value, Values } from "../language/actions.ts";
import type { Ledger } from "./ledger.ts";

/** What the steps of one file know while they run: the values of its variables, and its marks. */
export class Memory {
  readonly #values: Map<string, Value>;
  readonly #marks = new Map<string, ReadonlyMap<string, number>>();

  constructor(values: Values) {
    this.#values = new Map(values);
  }

  get values(): Values {
    return this.#values;
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  /** Names this moment: what is in the ledgers by now is before it. */
  mark(name: string, ledgers: readonly Ledger[]): void {
    this.#marks.set(name, new Map(ledgers.map(({ client, entries }) => [client, entries.length])));
  }

  /** Index of the first entry of a ledger that came after a mark; 0 without one, or where it was not set. */
  since(mark: string | undefined, ledger: Ledger): number {
    return (mark === undefined ? undefined : this.#marks.get(mark)?.get(ledger.client)) ?? 0;
  }
}
