/** Verbs that treat servers and clients as the programs they are. */
import { z } from "zod";
import { fieldsOf } from "../annotations.ts";
import { clientName } from "../names.ts";
import { verb } from "../verb.ts";

export const server = verb({
  about:
    "Starts or ends the server, or lets it stand still. `stop` ends it in good order, `kill` as a power cut would, `restart` stops and starts it; " +
    "`pause` stops its process until `resume`, while what is sent to it waits.",
  examples: ["server: kill"],
  schema: z
    .enum(["start", "stop", "kill", "restart", "pause", "resume"])
    .describe("`start`, `stop`, `kill`, `restart`, `pause` or `resume`")
    .transform((command) => ({ verb: "server", do: command }) as const),
});

export const client = verb({
  about:
    "Starts or ends a client's program, or lets it stand still. `start` opens its port (`register` and `send` do that by themselves); `stop` " +
    "deregisters if need be and closes it; `kill` ends it as a power cut would; `pause` stops it until `resume`, while what is sent to it waits.",
  examples: ["client: {at: bob, do: kill}"],
  schema: fieldsOf(
    {
      at: clientName,
      do: z
        .enum(["start", "stop", "kill", "pause", "resume"])
        .describe("`start`, `stop`, `kill`, `pause` or `resume`"),
    },
    { at: "Whose program.", do: "`start`, `stop`, `kill`, `pause` or `resume`." },
  )
    .describe("a map such as `{at: bob, do: kill}`")
    .transform(({ at, do: command }) => ({ verb: "client", at, do: command }) as const),
});
