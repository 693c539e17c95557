import { programsIn } from "../foreign/under-test.ts";
import type { Value } from "../language/actions.ts";
import type { profileKeys } from "../language/driver/model.ts";
import type { FactName } from "../language/facts.ts";
import type { Scenario } from "../language/model.ts";
import type { Facts } from "../language/patterns.ts";
import { compare } from "./pattern.ts";
import type { NetKind } from "./result.ts";

/** What a run knows of itself; of `impl` one has to agree. */
export type RunFacts = { readonly [name in FactName]: readonly string[] };

export function factsOf(
  net: NetKind,
  scenario: Pick<Scenario, "server" | "clients" | "underTest">,
): RunFacts {
  const { names, profile } = programsIn(scenario);
  const of = (key: (typeof profileKeys)[number]) => (profile === undefined ? [] : [String(profile[key])]);
  return {
    net: [net],
    platform: [process.platform],
    impl: [...new Set(["udpchat", ...names])],
    registersAtStart: of("registersAtStart"),
    secondClient: of("secondClient"),
    vanishedReturns: of("vanishedReturns"),
    exitsWhenSilent: of("exitsWhenSilent"),
    encoding: of("encoding"),
  };
}

/** Those that do not agree, each with what it is instead. A variable goes before a fact of its name. */
export function disagreeing(
  facts: Facts,
  values: ReadonlyMap<string, Value>,
  run: RunFacts,
): readonly { readonly name: string; readonly is: string }[] {
  return [...facts].flatMap(([name, comparison]) => {
    const variable = values.get(name);
    // As a text, too: `1.0` is what the file says, whatever number it is.
    const candidates =
      variable === undefined ? (run[name as FactName] ?? []) : [variable.value, variable.text];
    const agrees =
      comparison.operator === "not"
        ? candidates.every((one) => compare(one, comparison))
        : candidates.some((one) => compare(one, comparison));
    return agrees ? [] : [{ name, is: variable?.text ?? candidates.join(", ") }];
  });
}
