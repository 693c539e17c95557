/** Flags that say what a bot's owner would: settings, roles, grants. */
import { type Command, InvalidArgumentError, Option } from "commander";

export interface BotFlags {
  readonly set: Readonly<Record<string, unknown>>;
  readonly role: Readonly<Record<string, readonly string[]>>;
  readonly http: readonly string[];
  readonly secret: Readonly<Record<string, string>>;
}

export function addBotOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--set <key=value>", "a setting; the value is JSON, or else text (repeatable)")
        .argParser(readSetting)
        .default({}, "none"),
    )
    .addOption(
      new Option("--role <role=nick,...>", "who has a role (repeatable)")
        .argParser(readRole)
        .default({}, "none"),
    )
    .addOption(
      new Option("--http <host>", "a host that it may make requests to (repeatable)")
        .argParser((host, before: readonly string[]) => [...before, host])
        .default([], "none"),
    )
    .addOption(
      new Option("--secret <name>", "a secret, from the environment variable of that name (repeatable)")
        .argParser(readSecret)
        .default({}, "none"),
    );
}

/** As `startBot` wants it. */
export function ownersWord({ set, role, http, secret }: BotFlags) {
  return { settings: set, roles: role, grant: { http, secrets: secret } };
}

function readSetting(text: string, before: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const [, key, value = ""] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined)
    throw new InvalidArgumentError("Write key=value, for example greeting=hello or hours=4.");
  return { ...before, [key]: jsonOrText(value) };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readRole(
  text: string,
  before: Readonly<Record<string, readonly string[]>>,
): Record<string, readonly string[]> {
  const [, role, nicks = ""] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (role === undefined)
    throw new InvalidArgumentError("Write role=nick,nick, for example staff=alice,bob.");
  return { ...before, [role]: [...(before[role] ?? []), ...nicks.split(",").map((nick) => nick.trim())] };
}

function readSecret(name: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const value = process.env[name];
  if (value === undefined) throw new InvalidArgumentError(`There is no environment variable ${name}.`);
  return { ...before, [name]: value };
}
