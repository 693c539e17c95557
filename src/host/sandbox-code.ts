import type { BuildOptions } from "esbuild";

/** How whatever runs in the sandbox is compiled. Each of the two parts, ours and the author's, is one script. */
export const SANDBOX_CODE = {
  bundle: true,
  format: "iife",
  // The sandbox's own promises see every rejection, but only where `async` is lowered onto them (sandbox/promise.ts).
  target: "es2022",
  supported: { "async-await": false, "async-generator": false, "for-await": false },
  platform: "neutral",
  charset: "utf8",
  legalComments: "none",
  logLevel: "silent",
} as const satisfies BuildOptions;
