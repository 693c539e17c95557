import { type ChatClient, ClientError } from "../client/api.ts";
import { type Address, formatAddress } from "../protocol/address.ts";
import { Complaint } from "./complaint.ts";
import { EXIT } from "./exit-codes.ts";

/** @throws {Complaint} when the client cannot come online, or the user did not want to wait for it. */
export async function registerOrComplain(
  client: ChatClient,
  server: Address,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.register({ signal });
  } catch (error) {
    if (signal.aborted) throw new Complaint(EXIT.failed, "interrupted before anything was sent");
    throw complaintAboutRegistration(error, client.nick, server);
  }
}

/** What a user should know of an error of `register`; any other error comes back as it is. */
export function complaintAboutRegistration(error: unknown, nick: string, server: Address): unknown {
  if (!(error instanceof ClientError)) return error;
  switch (error.code) {
    case "SERVER_NOT_RESPONDING":
      return new Complaint(EXIT.environment, `no server answers at ${formatAddress(server)}`, {
        cause: error,
        advice: [`Check the address, or start a server: udpchat server --port ${server.port}`],
      });
    case "NICK_IN_USE":
      return new Complaint(EXIT.failed, `${nick} is online elsewhere`, {
        cause: error,
        advice: ["Choose another nickname, or let the other one deregister first."],
      });
    case "NICK_OWNED":
      return new Complaint(EXIT.failed, `${nick} belongs to somebody else`, {
        cause: error,
        advice: ["Choose another nickname, or name the identity it was registered with: --identity FILE"],
      });
    default:
      return error;
  }
}
