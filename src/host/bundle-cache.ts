import { type Bundle, bundleBot } from "./bundle.ts";

/** Bundles a script once for all bots that are started together. */
export class BundleCache {
  readonly #bundles = new Map<string, Promise<Bundle>>();

  get(script: string): Promise<Bundle> {
    const known = this.#bundles.get(script);
    if (known !== undefined) return known;
    const bundling = bundleBot(script);
    this.#bundles.set(script, bundling);
    return bundling;
  }

  /** A script may have changed since. */
  clear(): void {
    this.#bundles.clear();
  }
}
