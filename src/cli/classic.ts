/**
 * The command line that every UdpChat has, for those who know it and for scripts written for it:
 *
 *     udpchat -s <port>
 *     udpchat -c <nick> <server-ip> <server-port> <client-port>
 */
import { isNick, NICK_CHARS_MAX } from "../protocol/limits.ts";
import { Complaint } from "./complaint.ts";
import { EXIT } from "./exit-codes.ts";

export type ClassicCommand =
  | { readonly kind: "server"; readonly port: number }
  | {
      readonly kind: "client";
      readonly nick: string;
      readonly serverHost: string;
      readonly serverPort: number;
      readonly clientPort: number;
    };

const SERVER_USAGE = "Usage: udpchat -s <port>";
const CLIENT_USAGE = "Usage: udpchat -c <nick> <server-ip> <server-port> <client-port>";
const PORT_MIN = 1024;
const PORT_MAX = 65_535;

/**
 * `undefined` when the arguments are not of the classic form.
 *
 * @throws {Complaint} when they are, and are wrong.
 */
export function readClassic(args: readonly string[]): ClassicCommand | undefined {
  const [flag, ...values] = args;
  if (flag === "-s") return readServer(values);
  if (flag === "-c") return readClient(values);
  return undefined;
}

function readServer(values: readonly string[]): ClassicCommand {
  const [port, ...more] = values;
  if (port === undefined || more.length > 0) throw wrongCount(SERVER_USAGE, 1, values.length);
  return { kind: "server", port: readPort(port, "Server", SERVER_USAGE) };
}

function readClient(values: readonly string[]): ClassicCommand {
  const [nick, serverHost, serverPort, clientPort, ...more] = values;
  if (
    nick === undefined ||
    serverHost === undefined ||
    serverPort === undefined ||
    clientPort === undefined ||
    more.length > 0
  ) {
    throw wrongCount(CLIENT_USAGE, 4, values.length);
  }
  if (!isNick(nick)) {
    throw wrong(
      CLIENT_USAGE,
      `Nickname is invalid. Please use 1 to ${NICK_CHARS_MAX} letters, digits, "_", "." or "-".`,
    );
  }
  return {
    kind: "client",
    nick,
    serverHost,
    serverPort: readPort(serverPort, "Server", CLIENT_USAGE),
    clientPort: readPort(clientPort, "Client", CLIENT_USAGE),
  };
}

function readPort(text: string, whose: string, usage: string): number {
  if (!/^\d+$/.test(text)) throw wrong(usage, `${whose} port is invalid. Please enter a numeric value.`);
  const port = Number(text);
  if (port < PORT_MIN || port > PORT_MAX) {
    throw wrong(
      usage,
      `${whose} port is invalid. Please enter a port number between ${PORT_MIN} and ${PORT_MAX}.`,
    );
  }
  return port;
}

function wrongCount(usage: string, expected: number, got: number): Complaint {
  return wrong(usage, `${expected} ${expected === 1 ? "value is" : "values are"} needed here, not ${got}.`);
}

function wrong(usage: string, message: string): Complaint {
  return new Complaint(EXIT.usage, message, { advice: [usage] });
}
