/** Verbs that treat servers, clients and bots as the programs they are. */
import { z } from "zod";
import { complain, fieldsOf, withOneOf } from "../annotations.ts";
import { botName, clientName } from "../names.ts";
import { verb } from "../verb.ts";

export const server = verb({
  about:
    "Starts or ends the server, or lets it stand still. `stop` ends it in good order, `kill` as a power cut would, `restart` stops and starts it; " +
    "`pause` stops its process until `resume`, while what is sent to it waits; `silence` kills it if need be, " +
    "and from then on its port hears everything and answers nothing.",
  examples: ["server: kill"],
  schema: z
    .enum(["start", "stop", "kill", "restart", "pause", "resume", "silence"])
    .describe("`start`, `stop`, `kill`, `restart`, `pause`, `resume` or `silence`")
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

export const input = verb({
  about:
    "Types a line into a client that is a program (`process`), as it is and with the Enter key; or ends its input, as Ctrl+D does. Unlike " +
    "`register`, `deregister` and `send` it waits for no answer.",
  examples: [
    'input: {at: alice, line: "hello?"}',
    'input: {at: alice, command: send, line: "bob hi"}',
    "input: {at: alice, eof: true}",
  ],
  schema: withOneOf(
    fieldsOf(
      {
        at: clientName,
        line: z.string().describe("a line").exactOptional(),
        command: z
          .enum(["register", "deregister", "send"])
          .describe("`register`, `deregister` or `send`")
          .exactOptional(),
        eof: z.literal(true).describe("`true`").exactOptional(),
      },
      {
        at: "Whose program.",
        line: "What is typed.",
        command:
          "The line is only what stands behind the word of this command, nickname or recipient and text, and may be wrong or missing; " +
          "the rest is typed as the program's driver says.",
        eof: "`true`: nothing more will be typed.",
      },
    ),
    "what is typed",
    ["line", "eof"],
  )
    .superRefine(({ command, eof }, context) => {
      if (command === undefined || eof === undefined) return;
      complain(context, {
        code: "TOO_MANY",
        message: "`command` cannot stand beside `eof`",
        hint: "write `line` instead, what stands behind the command",
        path: ["command"],
        atKey: true,
      });
    })
    .describe("a map such as `{at: alice, line: hello}`")
    .transform(({ at, line, command }) => ({ verb: "input", at, line, command }) as const),
});

export const bot = verb({
  about:
    "Starts or ends a bot. `stop` ends it in good order, and the server keeps its mail; `start` starts it with what it remembers; `restart` does " +
    "both, as for a new version; `kill` ends its process as a crash would, and its host starts another.",
  examples: ["bot: {at: helper, do: kill}"],
  schema: fieldsOf(
    {
      at: botName,
      do: z.enum(["start", "stop", "kill", "restart"]).describe("`start`, `stop`, `kill` or `restart`"),
    },
    { at: "Which bot.", do: "`start`, `stop`, `kill` or `restart`." },
  )
    .describe("a map such as `{at: helper, do: kill}`")
    .transform(({ at, do: command }) => ({ verb: "bot", at, do: command }) as const),
});
