/** The keys of `host.yaml`. */
import { z } from "zod";
import { STORE_BYTES_MAX } from "../../host/host-config.ts";
import { complain } from "../language/grammar/annotations.ts";
import { newNick } from "../language/grammar/names.ts";
import { duration, durationRange, percentage } from "../language/grammar/quantities.ts";
import { flag } from "../language/grammar/scalars.ts";
import { endpoint, rate, size } from "./quantities.ts";

const count = z.number().int().min(1).describe("a whole number, 1 or more");
const path = z.string().min(1).describe("a file's path");

const roles = z
  .record(
    z.string().describe("a role's name"),
    z.array(newNick).describe("a list of nicknames such as `[alice, bob]`"),
  )
  .describe("a map such as `{staff: [alice, bob]}`");

/** What `defaults` and each bot may say. */
const limits = {
  memory: size.exactOptional(),
  cpu: percentage.exactOptional(),
  handlerTimeout: duration.exactOptional(),
  flood: z
    .strictObject({ burst: count.exactOptional(), refill: rate.exactOptional() })
    .describe("a map such as `{burst: 4, refill: 1/s}`")
    .exactOptional(),
  antiloop: z
    .strictObject({ repeats: count.exactOptional(), window: duration.exactOptional() })
    .describe("a map such as `{repeats: 5, window: 120s}`")
    .exactOptional(),
  output: z
    .strictObject({ burst: count.exactOptional(), refill: rate.exactOptional() })
    .describe("a map such as `{burst: 200, refill: 50/s}`")
    .exactOptional(),
  restart: z
    .strictObject({
      backoff: durationRange.exactOptional(),
      minUptime: duration.exactOptional(),
      maxUnstable: count.exactOptional(),
    })
    .describe("a map such as `{backoff: 1s..60s, minUptime: 30s, maxUnstable: 5}`")
    .exactOptional(),
  standby: flag.exactOptional(),
};

const secret = z
  .strictObject({
    env: z.string().min(1).describe("an environment variable's name").exactOptional(),
    file: path.exactOptional(),
  })
  .describe("a map such as `{env: HELPDESK_KEY}` or `{file: helpdesk.key}`")
  .superRefine((fields, context) => {
    if (Object.keys(fields).length === 1) return;
    const hint = "write `{env: NAME}` or `{file: path}`";
    complain(context, { code: "BAD_VALUE", message: "a secret comes from one place", hint, atKey: true });
  });

const storeSize = size.superRefine((bytes, context) => {
  if (bytes <= STORE_BYTES_MAX) return;
  const message = `a store has at most ${STORE_BYTES_MAX / 1_048_576}MB`;
  complain(context, { code: "BAD_VALUE", message, hint: "a bot reads all of it whenever it starts" });
});

const grant = z
  .strictObject({
    http: z
      .array(z.string().min(1).describe("a host's name"))
      .describe("a list of hosts such as `[status.example.org]`")
      .exactOptional(),
    secrets: z
      .record(z.string().describe("a secret's name"), secret)
      .describe("a map such as `{KEY: {env: KEY}}`")
      .exactOptional(),
    store: storeSize.exactOptional(),
  })
  .describe("a map such as `{http: [status.example.org], store: 1MB}`");

const bot = z
  .strictObject({
    script: path,
    nick: newNick.exactOptional(),
    settings: z.record(z.string(), z.unknown()).describe("a map of the bot's settings").exactOptional(),
    grant: grant.exactOptional(),
    roles: roles.exactOptional(),
    ...limits,
  })
  .describe("a map such as `{script: bots/echo.ts}`");

/** How the file begins. */
export const HOST_BEGINNING = "server: host:port";

export const hostSchema = z
  .strictObject({
    server: endpoint,
    data: path.default(".udpchat"),
    metrics: endpoint.exactOptional(),
    stopTimeout: duration.exactOptional(),
    roles: roles.exactOptional(),
    defaults: z.strictObject(limits).describe("a map such as `{memory: 64MB}`").exactOptional(),
    bots: z.record(newNick, bot).describe("a map such as `{echo: {script: bots/echo.ts}}`"),
  })
  .describe(`a map that begins with \`${HOST_BEGINNING}\``);

export type HostFile = z.output<typeof hostSchema>;
export type BotEntry = HostFile["bots"][string];
export type LimitKeys = NonNullable<HostFile["defaults"]>;
