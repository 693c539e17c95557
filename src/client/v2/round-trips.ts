import { type Address, formatAddress } from "../../protocol/address.ts";
import { RoundTripEstimate } from "../../protocol/round-trip.ts";

/** What was measured of the way to each peer; of many the ones used lately. */
export class RoundTrips {
  readonly #byAddress = new Map<string, RoundTripEstimate>();

  of(address: Address): RoundTripEstimate {
    const key = formatAddress(address);
    const known = this.#byAddress.get(key);
    if (known !== undefined) return known;
    const estimate = new RoundTripEstimate();
    this.#byAddress.set(key, estimate);
    const [oldest] = this.#byAddress.keys();
    if (this.#byAddress.size > PEERS_MAX && oldest !== undefined) this.#byAddress.delete(oldest);
    return estimate;
  }
}

const PEERS_MAX = 1_000;
