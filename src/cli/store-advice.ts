import type { StoreError, StoreErrorCode } from "../store/store-error.ts";
import { Complaint } from "./complaint.ts";
import { EXIT } from "./exit-codes.ts";

/**
 * A folder that cannot be opened or written, and what to do about it.
 *
 * @param named how another folder is named, such as `--data`
 * @param more what else can be done, by code
 */
export function complaintAboutStore(
  cause: StoreError,
  named: string,
  more: Readonly<Partial<Record<StoreErrorCode, readonly string[]>>> = {},
): Complaint {
  const advice = [ADVICE[cause.code](named), ...(more[cause.code] ?? [])];
  return new Complaint(EXIT.environment, cause.message, { cause, advice });
}

const ADVICE: Readonly<Record<StoreErrorCode, (named: string) => string>> = {
  IN_USE: (named) => `Stop what has it open, or name another folder with ${named}.`,
  DAMAGED: (named) =>
    `Name another folder with ${named}, and keep this one: what can be read of it can be recovered with sqlite3.`,
  DISK_FULL: (named) => `Make room, or name a folder on another disk with ${named}.`,
  NEWER_VERSION: (named) => `Update udpchat, or name another folder with ${named}.`,
  UNAVAILABLE: (named) => `Name a folder that you may write to with ${named}.`,
};
