/** Steps as sentences, for people who do not know the language. */
import type { ExactFault, Link, LinkFaults, NetChange } from "../../net/faults.ts";
import { counted } from "../counted.ts";
import type { Capture, ClientCommand, ServerCommand, Step } from "../language/actions.ts";
import type { Facts, Until } from "../language/patterns.ts";
import {
  describeCheck,
  describeComparison,
  describePattern,
  formatMs,
  inQuotes,
  ordinal,
} from "../run/wording.ts";

/** What a step does; steps within it follow, indented. */
export function sayStep(step: Step): readonly string[] {
  const [first = "", ...more] = sentence(step);
  const head = step.name === undefined ? first : `${step.name}: ${first}`;
  return [step.condition === undefined ? head : `if ${sayUntil(step.condition)}: ${head}`, ...more];
}

function sentence(step: Step): readonly string[] {
  switch (step.verb) {
    case "register":
      return [
        `${step.client} registers${step.as === undefined ? "" : ` as ${step.as}`}${REGISTRATION[step.result]}`,
      ];
    case "deregister":
      return [`${step.client} deregisters, and the server confirms it`];
    case "send":
      return [
        `${step.from} sends ${inQuotes(step.text)} to ${step.to}${step.result === undefined ? "" : `, and it is ${step.result}`}${sayCaptures(step.captures)}`,
      ];
    case "expect": {
      const what = step.patterns.map(describePattern).join("; ");
      const next =
        step.order === "strict" ? (step.patterns.length === 1 ? ", as the next" : ", in this order") : "";
      const soft = step.soft ? "; if not, it fails at its end" : "";
      return [
        `${step.at} must see ${what}${next}, within ${formatMs(step.withinMs)}${saySince(step.since)}${soft}${sayCaptures(step.captures)}`,
      ];
    }
    case "never": {
      const during =
        step.forMs === undefined ? "must not have seen" : `must not see, for ${formatMs(step.forMs)},`;
      return [`${step.at} ${during} ${describePattern(step.pattern)}${saySince(step.since)}`];
    }
    case "assert":
      return [`at ${step.at} it holds now: ${describeCheck(step.check)}${saySince(step.since)}`];
    case "settle":
      return [`all becomes quiet, for ${formatMs(step.quietMs)}, within ${formatMs(step.maxMs)}`];
    case "wait":
      return [`${formatMs(step.waitMs)} pass`];
    case "server":
      return [SERVER[step.do]];
    case "client":
      return [`${step.at}'s program ${CLIENT[step.do]}`];
    case "bot":
      return [`the bot ${step.at} ${BOT[step.do]}`];
    case "input":
      if (step.line === undefined) return [`nothing more is typed into ${step.at}'s program`];
      if (step.command === undefined) return [`${inQuotes(step.line)} is typed into ${step.at}'s program`];
      return [
        `into ${step.at}'s program its command to ${step.command} is typed, with ${step.line === "" ? "nothing" : inQuotes(step.line)} behind it`,
      ];
    case "net":
      return sayChange(step.change);
    case "fault":
      return [sayExact(step.fault)];
    case "raw":
      return [
        `a datagram of ${counted(step.bytes.length, "byte")} goes from ${step.from}'s port to ${step.to}, past its program`,
      ];
    case "mark":
      return [`this moment is called ${inQuotes(step.mark)}`];
    case "set":
      return [
        `from here on ${[...step.values].map(([name, { text }]) => `${name} is ${inQuotes(text)}`).join(", ")}`,
      ];
    case "parallel":
      return ["at the same time:", ...step.branches.flatMap((branch) => bulleted(branch))];
    case "repeat":
      return [`${sayRepeat(step)}:`, ...step.steps.flatMap((inner) => bulleted([inner]))];
    case "call": {
      const given = [...step.with].map(([name, { text }]) => `${name} ${inQuotes(text)}`).join(", ");
      const { setup, steps, finally: last } = step.story;
      return [
        `what ${step.file} says${given === "" ? "" : `, with ${given}`}:`,
        ...[...setup, ...steps].flatMap((inner) => bulleted([inner])),
        ...last.flatMap((inner) => bulleted([inner], "- whatever happened, ")),
      ];
    }
  }
}

/** Steps that come one after the other under one bullet. */
function bulleted(steps: readonly Step[], bullet = "- "): readonly string[] {
  return steps.flatMap((step, index) => {
    const [first = "", ...more] = sayStep(step);
    return [`${index === 0 ? bullet : "  then "}${first}`, ...more.map((line) => `  ${line}`)];
  });
}

const REGISTRATION = {
  ok: ", and the server accepts it",
  refused: ", and the server refuses it",
  timeout: ", and the server does not answer",
} as const;

const SERVER: { readonly [command in ServerCommand]: string } = {
  start: "the server is started",
  stop: "the server ends in good order",
  kill: "the server ends as by a power cut",
  restart: "the server ends in good order and is started again",
  pause: "the server stands still; what is sent to it waits",
  resume: "the server goes on",
  silence: "from now on the server's port hears everything and answers nothing",
};

const CLIENT: { readonly [command in ClientCommand]: string } = {
  start: "is started",
  stop: "ends in good order",
  kill: "ends as by a power cut",
  pause: "stands still; what is sent to it waits",
  resume: "goes on",
};

const BOT = {
  start: "is started, with what it remembers",
  stop: "ends in good order",
  kill: "ends as by a crash, and its host starts another",
  restart: "ends in good order and is started again",
} as const;

function sayCaptures(captures: readonly Capture[]): string {
  return captures.map(({ variable, field }) => `; its ${field} is kept as ${variable}`).join("");
}

function saySince(mark: string | undefined): string {
  return mark === undefined ? "" : `, since ${inQuotes(mark)}`;
}

function sayRepeat({ times, until, maxMs }: Extract<Step, { verb: "repeat" }>): string {
  const often = times === undefined ? `for ${formatMs(maxMs ?? 0)}` : counted(times, "time");
  return until === undefined ? `${often} over` : `again and again until ${sayUntil(until)}, at most ${often}`;
}

function sayUntil(condition: Until): string {
  switch (condition.kind) {
    case "flag":
      return String(condition.value);
    case "facts":
      return sayFacts(condition.facts);
    case "check":
      return `at ${condition.at} ${describeCheck(condition.check)}`;
    case "event":
      return `${condition.at} has seen ${describePattern(condition.pattern)}`;
  }
}

/** Variables and facts of the run, with what they shall be. */
export function sayFacts(facts: Facts): string {
  return [...facts].map(([name, is]) => `${name} is ${describeComparison(is)}`).join(" and ");
}

function sayChange(change: NetChange): readonly string[] {
  switch (change.kind) {
    case "faults":
      return sayLinks(change.faults).map((line) => `from now on ${line}`);
    case "partition":
      return [
        `the network is cut: only ${change.groups.map((group) => group.join(" and ")).join("; ")} reach each other${change.groups.length === 1 ? ", and all the others" : ""}`,
      ];
    case "heal":
      return ["the network is whole again"];
    case "exact":
      return [sayExact(change.fault)];
  }
}

/** What befalls datagrams by dice, a line for each link. Both directions of `alice--bob` are two rules and one line. */
export function sayLinks(rules: readonly LinkFaults[]): readonly string[] {
  const lines: string[] = [];
  rules.forEach((rule, index) => {
    const { from, to } = rule.link;
    const before = rules[index - 1]?.link;
    const isBack = from !== to && before?.from === to && before.to === from;
    const where = isBack ? `between ${to} and ${from}` : sayLink(rule.link);
    if (isBack) lines.pop();
    lines.push(`${where}: ${sayFaults(rule)}`);
  });
  return lines;
}

function sayLink({ from, to }: Link): string {
  if (from === "*" && to === "*") return "on every link";
  return `from ${from === "*" ? "anybody" : from} to ${to === "*" ? "anybody" : to}`;
}

/** The faults of a link as one sentence without its beginning. */
function sayFaults({ loss, delayMs, duplicate, reorder, corrupt }: LinkFaults): string {
  const parts = [
    loss === undefined ? undefined : `${percent(loss)} is lost`,
    delayMs === undefined
      ? undefined
      : `it takes ${formatMs(delayMs.min)}${delayMs.max === delayMs.min ? "" : ` to ${formatMs(delayMs.max)}`}`,
    duplicate === undefined ? undefined : `${percent(duplicate)} comes twice`,
    reorder === undefined ? undefined : `${percent(reorder)} is overtaken`,
    corrupt === undefined ? undefined : `${percent(corrupt)} is corrupted`,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

function percent(fraction: number): string {
  return `${Number((100 * fraction).toPrecision(12))}%`;
}

const FATES = { drop: "vanish", duplicate: "arrive twice", corrupt: "arrive with a byte changed" } as const;

function sayExact({ kind, links, packet, nth, times, byMs }: ExactFault): string {
  const [link = { from: "*", to: "*" }] = links;
  const what = packet === undefined ? "datagram" : `${packet} packet`;
  const which = nth === 1 ? "next" : `${ordinal(nth)} next`;
  const who = times === 1 ? `the ${which} ${what}` : `${times} ${what}s from the ${which} on`;
  const fate = kind === "delay" ? `arrive ${formatMs(byMs)} later` : FATES[kind];
  const between = links.length > 1 ? `between ${link.from} and ${link.to}` : sayLink(link);
  return `${who} ${between} will ${fate}`;
}
