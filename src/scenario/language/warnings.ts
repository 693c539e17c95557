/** What is not wrong and yet should be looked at: `lint` shows it. */
import type { Step } from "./actions.ts";
import type { Scenario } from "./model.ts";
import type { Scope } from "./scope.ts";
import { entriesUnder, entryOf, type MapNode, quote } from "./source-node.ts";
import type { SourceText } from "./source-text.ts";
import { everyStep } from "./walk-steps.ts";

/** Names that are given and that nothing refers to. */
export function warnAboutNames(root: MapNode, scope: Scope, source: SourceText): void {
  if (scope.incomplete) return;
  for (const { key, keyRange } of entriesUnder(root, "vars")) {
    if (scope.isUsed(key)) continue;
    source.warn("UNUSED", keyRange, `the variable ${quote(key)} is not used`, "remove it, or refer to it");
  }
  for (const { name, range } of scope.unused.variables) {
    if (entryOf(entryOf(root, "vars")?.value, name) !== undefined) continue;
    source.warn(
      "UNUSED",
      range,
      `what ${quote(name)} keeps is not used`,
      `refer to it as \`\${${name}}\`, or leave it out`,
    );
  }
  for (const { name, range } of scope.unused.marks) {
    source.warn("UNUSED", range, `no \`since\` names the mark ${quote(name)}`, "remove it, or refer to it");
  }
}

/** Clients that no case of a file mentions: a matrix may bring each into play in another. */
export function warnAboutClients(root: MapNode, mentioned: ReadonlySet<string>, source: SourceText): void {
  for (const { key, keyRange } of entriesUnder(root, "clients")) {
    if (mentioned.has(key)) continue;
    source.warn(
      "UNUSED",
      keyRange,
      `the client ${quote(key)} does nothing`,
      "remove it, or let it `register`",
    );
  }
}

/** What a scenario cannot do as it is written. */
export function warnAboutScenario(scenario: Scenario, root: MapNode, source: SourceText): void {
  const holder = entryOf(root, "timeout")?.keyRange ?? { start: root.start, end: root.start };
  const [late] = [...everyStep([...scenario.setup, ...scenario.steps])].filter((step) => {
    return longestMs(step) > scenario.timeoutMs && step.place.file === source.file;
  });
  if (late !== undefined) {
    const message = `the step at line ${late.place.line} may take longer than the whole scenario, ${scenario.timeoutMs / 1_000}s`;
    source.warn("DOUBTFUL", holder, message, "raise `timeout`");
  }
  for (const key of ["skip", "expectFail"] as const) {
    const entry = entryOf(root, key);
    if (entry === undefined || scenario[key] === undefined || scenario[key].reason !== undefined) continue;
    source.warn(
      "DOUBTFUL",
      entry.keyRange,
      `${quote(key)} does not say why`,
      `write \`${key}: {reason: …}\``,
    );
  }
}

function longestMs(step: Step): number {
  switch (step.verb) {
    case "expect":
      return step.withinMs;
    case "never":
      return step.forMs ?? 0;
    case "settle":
      return step.quietMs;
    case "wait":
      return step.waitMs;
    default:
      return 0;
  }
}
