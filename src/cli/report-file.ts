import { closeSync, openSync, writeSync } from "node:fs";
import path from "node:path";
import { messageOf } from "../host/error-message.ts";
import { makeFolder } from "../store/folder.ts";
import { Complaint } from "./complaint.ts";
import { EXIT } from "./exit-codes.ts";

/** A terminal, a pipe, or a file, which has none of a terminal's properties. */
export type ReportOutput = { write(text: string): unknown } & Partial<
  Pick<NodeJS.WriteStream, "isTTY" | "hasColors" | "columns">
>;

/**
 * Opens a report's file, and makes its folder where there is none. Do so before anything runs: what a run has found is lost if
 * it cannot be written at the end.
 *
 * @throws {Complaint} when it cannot be written.
 */
export function openReportFile(file: string): ReportOutput & Disposable {
  try {
    makeFolder(path.dirname(path.resolve(file)));
    const descriptor = openSync(file, "w");
    return {
      write: (text) => void writeSync(descriptor, text),
      [Symbol.dispose]: () => closeSync(descriptor),
    };
  } catch (cause) {
    const message = `the report ${file} cannot be written: ${messageOf(cause)}`;
    throw new Complaint(EXIT.environment, message, { cause });
  }
}
