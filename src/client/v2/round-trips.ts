import { RoundTripEstimate } from "../../protocol/round-trip.ts";

/** What was measured of the way to each peer; of many the ones used lately. */
export class RoundTrips {
  readonly #byAddress = new Map<string, RoundTripEstimate>();

  /** @param address as `formatAddress` writes it */
  of(address: string): RoundTripEstimate {
    const known = this.#byAddress.get(address);
    if (known !== undefined) return known;
    const estimate = new RoundTripEstimate();
    this.#byAddress.set(address, estimate);
    const [oldest] = this.#byAddress.keys();
    if (this.#byAddress.size > PEERS_MAX && oldest !== undefined) this.#byAddress.delete(oldest);
    return estimate;
  }
}

const PEERS_MAX = 1_000;
