export type StoreErrorCode = "DISK_FULL" | "DAMAGED" | "IN_USE" | "NEWER_VERSION" | "UNAVAILABLE";

/** What the disk did that the caller could not prevent. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
