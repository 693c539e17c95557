export type LogLevel = "debug" | "info" | "warn" | "error";

/** Structured log lines. Fields are what JSON can hold; an `Error` among them is written with its stack. */
export type Log = {
  readonly [Level in LogLevel]: (message: string, fields?: Readonly<Record<string, unknown>>) => void;
};
