import { discoverScenarios } from "../scenario/index.ts";
import { Complaint } from "./complaint.ts";
import { EXIT } from "./exit-codes.ts";

const DONE = { run: "run", check: "checked" } as const;

/**
 * The scenario files at these paths, those of the default folder where there is no path.
 *
 * @param toDo What is going to happen to them, for the complaint.
 * @throws {Complaint} when there is nothing at a path, or no scenario file at all.
 */
export function scenarioFilesAt(paths: readonly string[], toDo: keyof typeof DONE): readonly string[] {
  const { files, missing } = discoverScenarios(paths);
  if (missing.length > 0) {
    throw new Complaint(EXIT.usage, `there is nothing at ${missing.join(", ")}`, {
      advice:
        paths.length === 0 ? [`Without a path, scenarios/ in the current folder is ${DONE[toDo]}.`] : [],
    });
  }
  if (files.length === 0) {
    throw new Complaint(EXIT.usage, `there is no scenario to ${toDo}: no file ends in .yaml or .yml`);
  }
  return files;
}
