/** What a ledger holds of a program of somebody else's. */
import type { Showing } from "../language/driver/model.ts";

export type ProgramSeen =
  /** The runner did it. */
  | { readonly kind: "started"; readonly command: string }
  | { readonly kind: "typed"; readonly line: string }
  /** It wrote a line; `shows` is what that means, `to` whom it concerns. */
  | {
      readonly kind: "line";
      readonly text: string;
      readonly shows: Showing | undefined;
      readonly to: string | undefined;
    }
  /** It ended, with an exit code or by a signal. */
  | { readonly kind: "exit"; readonly code: number | undefined; readonly signal: string | undefined }
  /** A datagram of its reached a server that answers none. */
  | { readonly kind: "datagram"; readonly sizeBytes: number };
