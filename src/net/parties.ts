import { type Address, formatAddress } from "../protocol/address.ts";
import type { Party } from "./trace.ts";

/** Who was last known to be at an address: a name outlives its endpoint, for datagrams that still go there. */
export class Parties {
  readonly #labels = new Map<string, string>();

  enter({ address, label }: Party): void {
    this.#labels.set(formatAddress(address), label);
  }

  at(address: Address): Party {
    const text = formatAddress(address);
    return { address, label: this.#labels.get(text) ?? text };
  }
}
