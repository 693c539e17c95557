import { scenarioJsonSchema } from "../../scenario/index.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printLine } from "../terminal-output.ts";

export async function runSchemaCommand(): Promise<ExitCode> {
  printLine(JSON.stringify(scenarioJsonSchema(), undefined, 2));
  return EXIT.ok;
}
