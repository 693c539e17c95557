import { fieldsOf } from "./annotations.ts";
import { condition } from "./checks.ts";
import { anyText } from "./scalars.ts";

/** What every step may have beside its verb. */
export const stepCommon = fieldsOf(
  { name: anyText.exactOptional(), if: condition.exactOptional() },
  {
    name: "What the step is called in reports.",
    if:
      "The step is left out unless this holds: `true`, facts that must all agree (`{text: hello}`, `{net: sim}`), or a check of what a " +
      "client has seen (`{at: bob, table: {alice: online}}`).",
  },
);
