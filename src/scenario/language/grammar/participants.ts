/**
 * Who takes part. A client or server is defined by a map; the keys in it say of which kind it is. To add a kind, add its map to the
 * union, and read it in `read-participants.ts`.
 */
import { z } from "zod";
import { parseAddress } from "../../../protocol/address.ts";
import { complain, fieldsOf, planned, samples } from "./annotations.ts";
import { castName, newNick } from "./names.ts";

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
  { persist: z.boolean().describe("`true` or `false`").default(false) },
  { persist: "Keeps its data over `kill` and `start`, as on a disk. Default false: what it kept is gone." },
).register(planned, { words: ["process"] });

const externalServer = fieldsOf(
  { address },
  { address: "A server that runs already, on the real network; the scenario does not start or end it." },
);

export const server = z
  .union([z.enum(["none"]).describe("`none`"), nativeServer, externalServer])
  .describe('a map such as `{persist: true}` or `{address: "127.0.0.1:10000"}`, or `none`');

export type ServerFields = z.output<typeof server>;

const nativeClient = fieldsOf({}, {}).register(planned, { words: ["process"] });

export const clients = z
  .record(castName, nativeClient.describe("a map such as `{}`"))
  .describe("a map such as `{alice: {}, bob: {}}`");

export const bots = z
  .record(
    castName,
    fieldsOf(
      {
        script: z.string().min(1).describe("a file's path"),
        nick: newNick.exactOptional(),
      },
      {
        script: "Its TypeScript file; the path counts from the folder of this file.",
        nick: "Its nickname on the network, if not the name that it has here.",
      },
    ).describe("a map such as `{script: ../bots/echo.ts}`"),
  )
  .describe("a map such as `{echo: {script: ../bots/echo.ts}}`");
