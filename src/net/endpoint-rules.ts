/** What all networks have in common: the defaults of binding, and errors in words that say what to do. */
import { type Address, formatAddress } from "../protocol/address.ts";
import { type BindOptions, NetworkError } from "./network.ts";

/** Where to bind, as asked for. The host may be a name. @throws {TypeError} when the port is none. */
export function requestedAddress({ host = "127.0.0.1", port = 0 }: BindOptions): Address {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new TypeError(`${port} is not a UDP port`);
  return { host, port };
}

export function addressInUse(address: Address, cause?: unknown): NetworkError {
  return new NetworkError(
    "ADDRESS_IN_USE",
    `${formatAddress(address)} is used by another program: stop that one, or choose another port (0 takes any free one)`,
    { cause },
  );
}

export function addressNotAvailable(address: Address, cause?: unknown): NetworkError {
  return new NetworkError(
    "ADDRESS_NOT_AVAILABLE",
    `cannot listen on ${formatAddress(address)}: this machine has no such address (127.0.0.1 is always there)`,
    { cause },
  );
}

export function permissionDenied(address: Address, cause?: unknown): NetworkError {
  return new NetworkError(
    "PERMISSION_DENIED",
    `not allowed to listen on ${formatAddress(address)}: ports below 1024 are reserved, choose a higher one`,
    { cause },
  );
}

export function unknownHost(host: string, cause?: unknown): NetworkError {
  return new NetworkError("UNKNOWN_HOST", `no address is known for the host name "${host}"`, { cause });
}

export function sendFailed(why: string, cause?: unknown): NetworkError {
  return new NetworkError("SEND_FAILED", `datagram not sent: ${why}`, { cause });
}

export function receiverFailed(cause: unknown): NetworkError {
  return new NetworkError("RECEIVER_FAILED", `the receiver of datagrams threw: ${cause}`, { cause });
}
