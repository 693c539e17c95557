/** Reads what stands on the command line. Commander shows the message with the name of the argument. */
import { InvalidArgumentError, Option } from "commander";
import { messageOf } from "../host/error-message.ts";
import { type Address, parseAddress } from "../protocol/address.ts";
import { isNick, NICK_CHARS_MAX } from "../protocol/limits.ts";
import type { SeedRange, Shard } from "../scenario/index.ts";

export const DEFAULT_PORT = 10_000;
export const DEFAULT_SERVER = `127.0.0.1:${DEFAULT_PORT}`;

export function readPort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError("A port is a whole number from 0 to 65535; 0 takes any that is free.");
  }
  return Number(text);
}

/** Of a server, so the port cannot be 0. The host may be a name. */
export function readServer(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined || address.port === 0) {
    throw new InvalidArgumentError(
      `Write host:port, for example ${DEFAULT_SERVER} or [::1]:${DEFAULT_PORT}.`,
    );
  }
  return address;
}

export function serverOption(): Option {
  return new Option("--server <host:port>", "the server")
    .argParser(readServer)
    .default(readServer(DEFAULT_SERVER), DEFAULT_SERVER);
}

/** Where to listen; the port may be 0. */
export function readEndpoint(text: string): Address {
  const address = parseAddress(text);
  if (address === undefined) {
    throw new InvalidArgumentError(
      "Write host:port, for example 127.0.0.1:9100; port 0 takes any that is free.",
    );
  }
  return address;
}

export function readNick(text: string): string {
  if (!isNick(text)) {
    throw new InvalidArgumentError(
      `A nickname is 1 to ${NICK_CHARS_MAX} letters, digits, "_", "." or "-", without blanks.`,
    );
  }
  return text;
}

export function readSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seed)) {
    throw new InvalidArgumentError("A seed is a whole number, 0 or more.");
  }
  return seed;
}

export function readPattern(text: string): RegExp {
  try {
    return new RegExp(text, "u");
  } catch (error) {
    throw new InvalidArgumentError(`That is no regular expression: ${messageOf(error)}.`);
  }
}

/** Both ends belong to it. */
export function readSeeds(text: string): SeedRange {
  const [, first = "", last = ""] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  if (first === "") throw new InvalidArgumentError("Write A..B, such as 1..1000; both belong to it.");
  const range = { first: readSeed(first), last: readSeed(last) };
  if (range.first > range.last) throw new InvalidArgumentError(`${last} is less than ${first}.`);
  return range;
}

/** `1/3`: the first of three. */
export function readShard(text: string): Shard {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text)?.map(Number) ?? [];
  if (index === undefined || of === undefined || index < 1 || index > of) {
    throw new InvalidArgumentError("Write i/n, such as 1/3; i counts from 1.");
  }
  return { index, of };
}

/** Reads a whole number, both ends included. */
export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= min && number <= max) return number;
    const range = max === Number.MAX_SAFE_INTEGER ? `, ${min} or more` : ` from ${min} to ${max}`;
    throw new InvalidArgumentError(`Write a whole number${range}.`);
  };
}
