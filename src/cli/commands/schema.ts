import { scenarioJsonSchema } from "../../scenario/index.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { printJson } from "../terminal-output.ts";

export async function runSchemaCommand(): Promise<ExitCode> {
  printJson(scenarioJsonSchema(), 2);
  return EXIT.ok;
}
