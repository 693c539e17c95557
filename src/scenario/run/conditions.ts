import type { Until } from "../language/patterns.ts";
import type { Place } from "../language/place.ts";
import { disagreeing } from "./facts.ts";
import type { Scene } from "./scene.ts";
import { refutation } from "./verbs/observing.ts";
import { describeCheck, describePattern } from "./wording.ts";

/** Why a condition does not hold now; `undefined` when it does. An event that ends a `repeat` is consumed by it. */
export function objectionTo(condition: Until, scene: Scene, place: Place): string | undefined {
  const { cast, memory, facts } = scene;
  switch (condition.kind) {
    case "flag":
      return condition.value ? undefined : "it says `false`";
    case "facts": {
      const [first] = disagreeing(condition.facts, memory.values, facts);
      return first && `${first.name} is ${first.is || "not known"}`;
    }
    case "check": {
      const { ledger } = cast.client(condition.at);
      const found = refutation(condition.check, ledger, memory.since(condition.since, ledger));
      return found && `at ${condition.at}, ${describeCheck(condition.check)}: ${found.join("; ")}`;
    }
    case "event": {
      const { ledger } = cast.client(condition.at);
      const taken = ledger.takeAll([condition.pattern], place, memory.since(condition.since, ledger));
      return taken === undefined ? `no ${describePattern(condition.pattern)} at ${condition.at}` : undefined;
    }
  }
}
