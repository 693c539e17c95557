/**
 * Who takes part. A client or server is defined by a map; the keys in it say of which kind it is. To add a kind, add its map to the
 * union, and read it in `read-participants.ts`.
 */
import { z } from "zod";
import { parseAddress } from "../../../protocol/address.ts";
import { complain, fieldsOf, samples } from "./annotations.ts";
import { regularExpression } from "./comparisons.ts";
import { castName, newNick, senderName } from "./names.ts";
import { anyText, flag } from "./scalars.ts";

const address = z
  .string()
  .describe("an address such as `127.0.0.1:10000`")
  .register(samples, { sample: "127.0.0.1:1" })
  .transform((text, context) => {
    const parsed = parseAddress(text);
    if (parsed !== undefined && parsed.port > 0) return parsed;
    const message = `\`${text}\` is not an address`;
    return complain(context, {
      code: "BAD_VALUE",
      message,
      hint: "write `host:port`, such as `127.0.0.1:10000`",
    });
  });

const nativeServer = fieldsOf(
  { persist: flag.default(false) },
  { persist: "Keeps its data over `kill` and `start`, as on a disk. Default false: what it kept is gone." },
);

const externalServer = fieldsOf(
  { address },
  {
    address:
      "A server that runs already, on the real network; the scenario does not start or end it. When nothing at all answers there, that is no failure of the scenario but of its surroundings (exit code 4), unless a step asks for `result: timeout`.",
  },
);

const command = z.array(anyText).min(1).describe("a list such as `[java, UdpChat]`");

const processShape = {
  command: command.exactOptional(),
  arguments: z.array(anyText).describe('a list such as `[-s, "${port}"]`').exactOptional(),
  driver: z.string().min(1).describe("a file's path").exactOptional(),
  pty: flag.exactOptional(),
  cwd: z.string().min(1).describe("a folder's path").exactOptional(),
  env: z.record(z.string(), anyText).describe("a map such as `{LANG: C}`").exactOptional(),
};

const processDocs = {
  command:
    "The program with all its arguments, in which `${nick}`, `${host}`, `${serverPort}` and `${port}` stand for what the run gives it. Default: " +
    "the implementation under test, which is our own program unless `udpchat conformance` tests another.",
  arguments: "Of the implementation under test: other arguments than its driver has.",
  driver: "The driver file: what to type, and what its lines mean. Default: the generic driver.",
  pty: "Whether it gets a pseudo-terminal (`true`) or pipes. Default: as its driver says.",
  cwd: "Where it is started. Default: the folder of this file.",
  env: "Environment variables beside those of this process.",
};

const readyLine = fieldsOf(
  { stdout: regularExpression },
  { stdout: "A regular expression that a line of its must match." },
);

const programServer = fieldsOf(
  {
    process: fieldsOf(
      { ...processShape, ready: readyLine.describe("a map such as `{stdout: listening}`").exactOptional() },
      {
        ...processDocs,
        ready:
          "What it writes when it is ready. Default: it is when it has its port, which only Linux tells.",
      },
    ).describe('a map such as `{command: [java, UdpChat, -s, "${port}"]}`, or `{}`'),
  },
  { process: "A program of somebody else's; `{}` is the implementation under test." },
);

export const server = z
  .union([
    z.enum(["none", "silent"]).describe("`none` or `silent`"),
    nativeServer,
    externalServer,
    programServer,
  ])
  .describe(
    'a map such as `{persist: true}`, `{address: "127.0.0.1:10000"}` or `{process: {}}`; or `none`, or `silent`',
  );

export type ServerFields = z.output<typeof server>;

const nativeClient = fieldsOf(
  { protocol: z.literal(["auto", 1, 2]).describe("`auto`, `1` or `2`").default("auto") },
  {
    protocol:
      "What it speaks with the server: `1`, `2`, or (default) `auto`, which is 2 where the server speaks it.",
  },
);

const programClient = fieldsOf(
  {
    process: fieldsOf(processShape, processDocs).describe(
      'a map such as `{command: [java, UdpChat, -c, "${nick}", "${host}", "${serverPort}", "${port}"]}`, or `{}`',
    ),
  },
  { process: "A program of somebody else's; `{}` is the implementation under test." },
);

export type ClientFields = z.output<typeof nativeClient> | z.output<typeof programClient>;

export const clients = z
  .record(castName, z.union([programClient, nativeClient]).describe("a map such as `{}` or `{process: {}}`"))
  .describe("a map such as `{alice: {}, bob: {}}`");

const grant = fieldsOf(
  {
    http: z.array(z.string()).describe('a list such as `["127.0.0.1:8080"]`').default([]),
    secrets: z.record(z.string(), z.string()).describe("a map such as `{KEY: s3cret}`").default({}),
  },
  {
    http: "Hosts that it may make requests to.",
    secrets: "Its secrets, by the names that its script gives them.",
  },
).describe('a map such as `{http: ["127.0.0.1:8080"]}`');

export const bots = z
  .record(
    castName,
    fieldsOf(
      {
        script: z.string().min(1).describe("a file's path"),
        nick: newNick.exactOptional(),
        settings: z.record(z.string(), z.unknown()).describe("a map such as `{greeting: hello}`").default({}),
        grant: grant.default({ http: [], secrets: {} }),
        roles: z
          .record(z.string(), z.array(senderName).describe("a list such as `[alice]`"))
          .describe("a map such as `{staff: [alice]}`")
          .default({}),
      },
      {
        script: "Its TypeScript file; the path counts from the folder of this file.",
        nick: "Its nickname on the network, if not the name that it has here.",
        settings: "What its script lets its owner set.",
        grant: "What it may have.",
        roles: "Who has which role.",
      },
    ).describe("a map such as `{script: ../bots/echo.ts}`"),
  )
  .describe("a map such as `{echo: {script: ../bots/echo.ts}}`");

export type BotFields = z.output<typeof bots>[string];
