import { profileKeys } from "./driver/model.ts";
import type { Scope } from "./scope.ts";
import { quote } from "./source-node.ts";
import type { Range, SourceText } from "./source-text.ts";
import { suggestion } from "./suggest.ts";

/**
 * What a run knows of itself, beside the variables of the scenario:
 * - `net`: `real` or `sim`
 * - `platform`: the operating system, as Node.js calls it
 * - `impl`: the implementations that take part, of which one must agree; ours is `udpchat`
 * - what the profile of the programs says that take part: see `Profile` in `driver/model.ts`
 */
export const FACTS = ["net", "platform", "impl", ...profileKeys] as const;

export type FactName = (typeof FACTS)[number];

export function checkFact(name: string, range: Range, scope: Scope, source: SourceText): void {
  const known = [...scope.all, ...FACTS];
  if (scope.lookUp(name) !== undefined || FACTS.some((fact) => fact === name) || scope.incomplete) return;
  const hint = () => suggestion(name, [...known, "at"]);
  source.report("UNKNOWN_NAME", range, `${quote(name)} is neither a variable nor a fact of the run`, hint);
}
