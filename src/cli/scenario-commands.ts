/** The commands about scenario files that run nothing. */
import type { Command } from "commander";
import type { ExitCode } from "./exit-codes.ts";
import { helpText } from "./help-text.ts";

export function addScenarioCommands(program: Command, onExit: (code: ExitCode) => void): void {
  program
    .command("lint")
    .description("check scenario files, and say all that is wrong or doubtful")
    .argument("[paths...]", "files and folders (default: scenarios)")
    .option("--json", "print what was found as JSON")
    .addHelpText("after", helpText(LINT_HELP))
    .action(async (paths: string[], { json = false }: { json?: boolean }) => {
      const { runLintCommand } = await import("./commands/lint.ts");
      onExit(await runLintCommand({ paths, json }));
    });
  program
    .command("explain")
    .description("tell in plain words what a scenario does")
    .argument("<file>", "a scenario file")
    .addHelpText("after", helpText(EXPLAIN_HELP))
    .action(async (file: string) => {
      const { runExplainCommand } = await import("./commands/explain.ts");
      onExit(await runExplainCommand(file));
    });
  program
    .command("schema")
    .description("print the JSON Schema of scenario files, for editors")
    .addHelpText("after", helpText(SCHEMA_HELP))
    .action(async () => {
      const { runSchemaCommand } = await import("./commands/schema.ts");
      onExit(await runSchemaCommand());
    });
}

const LINT_HELP = `
Errors keep a scenario from being run. Warnings do not: a wait, a variable, capture, mark or client that nothing uses, a step
that may take longer than the scenario.

Examples:
  udpchat lint
  udpchat lint scenarios/greet.yaml --json

Exit codes: 0 no errors (there may be warnings), 2 a scenario has mistakes, 3 wrong usage or no files.`;

const EXPLAIN_HELP = `
Example:
  udpchat explain scenarios/offline-crash.yaml

Exit codes: 0 told, 2 the scenario has mistakes, 3 wrong usage.`;

const SCHEMA_HELP = `
It is a JSON Schema, draft 2020-12. With it an editor completes keys and words, explains them, and marks what is wrong.

Example, for editors with the YAML language server:
  udpchat schema > scenario.schema.json
  and as the first line of a scenario: # yaml-language-server: $schema=../scenario.schema.json

Exit code: 0.`;
