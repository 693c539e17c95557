import { printable } from "../../client/interactive/printable.ts";
import type { Step } from "../language/actions.ts";
import { type Exemption, INVARIANTS, type InvariantName, type Scenario } from "../language/model.ts";
import type { ProgramSpec } from "../language/program-spec.ts";
import type { Paint } from "../paint.ts";
import { describeComparison, formatMs } from "../run/wording.ts";
import { sayFacts, sayLinks, sayStep } from "./explain-step.ts";

/** Names of a matrix's cases that are listed. */
const CASES_MAX = 20;

/** Tells in plain words what the scenarios of one file do: all about the first, and in what the others differ. */
export function explain(scenarios: readonly Scenario[], paint: Paint): string {
  const [first, ...others] = scenarios;
  if (first === undefined) return "";
  const { place, name, setup, steps, finally: last } = first;
  const sections: (readonly [title: string, lines: readonly string[]])[] = [
    ["It runs", [...runsOf(first), ...casesOf(scenarios)]],
    ["Who takes part", peopleOf(first)],
    ["The network", networkOf(first)],
    ["Before the steps", numbered(setup)],
    ["What happens", numbered(steps)],
    ["At the end, whatever happened", numbered(last)],
    ["What is checked at the end", checksOf(first)],
  ];
  const title = `${paint("bold", printable(name))} ${paint("dim", printable(`${place.file}`))}`;
  const body = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([heading, lines]) =>
      [paint("cyan", heading), ...lines.map((line) => `  ${printable(line)}`)].join("\n"),
    );
  const note = others.length === 0 ? [] : [paint("dim", `(Told of the first of ${scenarios.length}.)`)];
  return [title, ...note, "", body.join("\n\n")].join("\n");
}

function runsOf({ tags, timeoutMs, spec, requires, skip, expectFail }: Scenario): readonly string[] {
  const needs = [
    ...[...requires.facts].map(([fact, is]) => `${fact} ${describeComparison(is)}`),
    ...requires.commands.map((command) => `the program ${command}`),
    ...requires.env.map((variable) => `the environment variable ${variable}`),
  ];
  return [
    `for ${formatMs(timeoutMs)} at most${tags.length === 0 ? "" : `, with the tags ${tags.join(", ")}`}`,
    ...(spec.length === 0 ? [] : [`to check ${spec.join(", ")}`]),
    ...(needs.length === 0 ? [] : [`only where there is ${needs.join(", ")}; elsewhere it is skipped`]),
    ...(skip === undefined ? [] : [`not at all${sayExemption(skip)}`]),
    ...(expectFail === undefined ? [] : [`and is expected to fail${sayExemption(expectFail)}`]),
  ];
}

function sayExemption({ when, reason, issue }: Exemption): string {
  const where = when.size === 0 ? "" : ` where ${sayFacts(when)}`;
  const why = [reason, issue].filter((part) => part !== undefined).join(", ");
  return where + (why === "" ? "" : `: ${why}`);
}

function casesOf(scenarios: readonly Scenario[]): readonly string[] {
  if (scenarios.length < 2) return [];
  const names = scenarios.slice(0, CASES_MAX).map(({ name }) => `- ${name}`);
  const more = scenarios.length - names.length;
  return [
    `${scenarios.length} times, once for each combination of the values in \`matrix\`:`,
    ...names,
    ...(more > 0 ? [`… and ${more} more`] : []),
  ];
}

function peopleOf({ server, clients, bots }: Scenario): readonly string[] {
  const native = [...clients].flatMap(([name, { kind }]) => (kind === "native" ? [name] : []));
  return [
    sayServer(server),
    ...(native.length === 0
      ? []
      : [`${native.length === 1 ? "the client" : "the clients"} ${native.join(", ")}`]),
    ...[...clients].flatMap(([name, spec]) => {
      return spec.kind === "program" ? [`the client ${name}, a program: ${sayProgram(spec)}`] : [];
    }),
    ...[...bots].map(([name, { script, nick }]) => {
      const called = nick === name ? "" : `, called ${nick} on the network`;
      return `the bot ${name}${called}: ${script}`;
    }),
  ];
}

function sayServer(server: Scenario["server"]): string {
  switch (server?.kind) {
    case undefined:
      return "no server, unless a step starts one";
    case "external":
      return `the server at ${server.host}:${server.port}, which runs already`;
    case "silent":
      return "a port that hears everything and answers nothing, in a server's place";
    case "program":
      return `a server that is a program: ${sayProgram(server)}`;
    case "native":
      return server.persist ? "a server of ours, which keeps its data when it ends" : "a server of ours";
  }
}

function sayProgram({ implementation }: ProgramSpec): string {
  return implementation === undefined ? "the implementation under test" : implementation.command.join(" ");
}

function networkOf({ net }: Scenario): readonly string[] {
  const seed = net.seed === undefined ? [] : [`its dice have the seed ${net.seed}`];
  return [...sayLinks(net.links), ...seed];
}

function numbered(steps: readonly Step[]): readonly string[] {
  return steps.flatMap((step, index) => {
    const [first = "", ...more] = sayStep(step);
    const indent = " ".repeat(4);
    return [`${`${index + 1}.`.padEnd(4)}${first}`, ...more.map((line) => indent + line)];
  });
}

function checksOf(scenario: Scenario): readonly string[] {
  const held = INVARIANTS.filter((name) => !scenario.invariantsOff.has(name));
  const leftovers =
    scenario.leftovers === "allow"
      ? "messages that no step expects are allowed"
      : "every message that came was expected by a step";
  return [
    leftovers,
    ...held.map((name) => INVARIANT_WORDS[name]),
    ...[...scenario.invariantsOff].map(
      ([name, reason]) => `not that ${INVARIANT_WORDS[name]}, for: ${reason}`,
    ),
  ];
}

const INVARIANT_WORDS: { readonly [name in InvariantName]: string } = {
  arrival: "what was reported delivered or saved reaches its recipient, if he is there or comes back",
  once: "no message comes more often than it was sent",
  order: "the messages of one sender come in the order in which they were sent",
  silence: "nothing reaches a client that has deregistered",
};
