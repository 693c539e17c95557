/** Who somebody is on the network, and what he speaks: options that all commands for clients have. */
import { type Command, Option } from "commander";
import type { ClientOptions } from "../client/api.ts";
import { systemWorld } from "../net/system-world.ts";
import { identityInFile, userIdentityFile } from "../store/identity-file.ts";
import { StoreError } from "../store/store-error.ts";
import { Complaint } from "./complaint.ts";
import { EXIT } from "./exit-codes.ts";
import { printNote } from "./terminal-output.ts";

export interface WhoFlags {
  readonly identity?: string;
  readonly protocol?: "auto" | "1" | "2";
}

export function addWhoOptions(command: Command): Command {
  return command
    .option("--identity <file>", "the key that owns your nicknames; default: one in your state directory")
    .addOption(
      new Option("--protocol <version>", "what to speak with the server")
        .choices(["auto", "1", "2"])
        .default("auto"),
    );
}

/** @throws {Complaint} when the identity that was named is not to be had. */
export function whoOf({
  identity: file,
  protocol = "auto",
}: WhoFlags): Pick<ClientOptions, "identity" | "protocol"> {
  if (protocol === "1") return { protocol: 1 };
  const { random } = systemWorld();
  try {
    const identity = identityInFile(file ?? userIdentityFile(process.env), () => random.bytes(32));
    return { identity, protocol: protocol === "2" ? 2 : protocol };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (file === undefined && error.code === "UNAVAILABLE") {
      printNote(`note: ${error.message}; you own your nickname as long as this runs`);
      return { protocol: protocol === "2" ? 2 : protocol };
    }
    throw new Complaint(EXIT.environment, error.message, { cause: error });
  }
}
