/**
 * What happens in one random world: plain data, made from a seed, so that it can be printed, cut down and played again.
 * Any subset of its actions is a program too; what cannot be done when its time comes is left out.
 */
import type { NetChange } from "../../../src/net/faults.ts";
import { inQuotes } from "../../../src/scenario/run/wording.ts";

export interface Program {
  /** Also the seed of the network's and everybody's dice. */
  readonly seed: number;
  readonly clients: readonly ClientSpec[];
  /** In the order of time. */
  readonly actions: readonly Action[];
}

export interface ClientSpec {
  readonly name: string;
  /** The wire it speaks where the other side does too. */
  readonly dialect: 1 | 2;
  /** Writes down what it sends, and sends it again under the same id after a crash. */
  readonly careful: boolean;
}

export interface Action {
  /** Its place among the actions that the seed gave: names it also in a program that was cut down. */
  readonly id: number;
  readonly atMs: number;
  readonly deed: Deed;
}

export type Deed =
  | { readonly kind: "register" | "deregister"; readonly client: string }
  | { readonly kind: "send"; readonly from: string; readonly to: string; readonly text: string }
  /** Its process ends as by a power cut. */
  | { readonly kind: "crash"; readonly client: string }
  | { readonly kind: "start"; readonly client: string; readonly port: "same" | "other" }
  | { readonly kind: "crash-server"; readonly when: ServerCrash }
  | { readonly kind: "start-server" }
  | { readonly kind: "net"; readonly change: NetChange }
  /** Somebody sets a civil clock. */
  | { readonly kind: "jump"; readonly who: string; readonly byMs: number };

/** Between two turns of the event loop, or in the midst of the next commit, of which all or nothing is then durable. */
export type ServerCrash = "now" | "in-commit-kept" | "in-commit-lost";

/** The name of the server's world: no client is called so. */
export const SERVER = "server";

/** Those who take part in what is left of a program. */
export function castOf({ clients, actions }: Program): readonly ClientSpec[] {
  const named = new Set(actions.flatMap(({ deed }) => namesIn(deed)));
  return clients.filter(({ name }) => named.has(name));
}

export function describeAction({ id, deed }: Action): string {
  return `#${id} ${describeDeed(deed)}`;
}

function namesIn(deed: Deed): readonly string[] {
  switch (deed.kind) {
    case "send":
      return [deed.from, deed.to];
    case "register":
    case "deregister":
    case "crash":
    case "start":
      return [deed.client];
    case "jump":
      return [deed.who];
    default:
      return [];
  }
}

function describeDeed(deed: Deed): string {
  switch (deed.kind) {
    case "register":
    case "deregister":
    case "crash":
      return `${deed.client} ${deed.kind}s`.replace("crashs", "crashes");
    case "start":
      return `${deed.client} starts on ${deed.port === "same" ? "the same port" : "another port"}`;
    case "send":
      return `${deed.from} → ${deed.to} ${inQuotes(deed.text)}`;
    case "crash-server":
      return `the server crashes ${CRASHES[deed.when]}`;
    case "start-server":
      return "the server starts";
    case "net":
      return describeChange(deed.change);
    case "jump":
      return `the date of ${deed.who} jumps by ${deed.byMs / 1_000} s`;
  }
}

const CRASHES: Readonly<Record<ServerCrash, string>> = {
  now: "now",
  "in-commit-kept": "in its next commit, which is kept",
  "in-commit-lost": "in its next commit, which is lost",
};

function describeChange(change: NetChange): string {
  switch (change.kind) {
    case "heal":
      return "the partition ends";
    case "exact":
      return `${change.fault.kind} of exact datagrams`;
    case "partition":
      return `partition ${change.groups.map((group) => group.join("+")).join(" | ")} | the others`;
    case "faults":
      return change.faults
        .map(({ link, delayMs, ...fractions }) => {
          const parts = Object.entries(fractions).map(
            ([name, value]) => `${name} ${Math.round(value * 100)}%`,
          );
          if (delayMs !== undefined) parts.push(`delay ${delayMs.min}–${delayMs.max} ms`);
          return `${link.from}→${link.to}: ${parts.join(", ")}`;
        })
        .join("; ");
  }
}
