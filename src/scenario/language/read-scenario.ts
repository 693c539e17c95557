import { basename } from "node:path";
import { type CastNames, checkNames } from "./cast.ts";
import { blameDeclarations } from "./declarations.ts";
import { commandVariables } from "./driver/model.ts";
import { checkFact } from "./facts.ts";
import type { ExemptionFields } from "./grammar/scenario.ts";
import { scenarioSchema } from "./grammar/scenario.ts";
import { type Exemption, INVARIANTS, type Requirements, type Scenario } from "./model.ts";
import { read } from "./read.ts";
import { castOf, readBots, readClients, readServer } from "./read-participants.ts";
import type { Scope } from "./scope.ts";
import { brokenNode, entryOf, type MapNode, quote } from "./source-node.ts";
import type { SourceText } from "./source-text.ts";
import { type Reading, STEP_LISTS, STEPS_MAX, StoryReader } from "./story-reader.ts";
import { namesOf, type Substitution, type Variables } from "./substitution.ts";
import type { Case } from "./variables.ts";
import { warnAboutNames, warnAboutScenario } from "./warnings.ts";

/**
 * Reads one case of a file. What is wrong is reported; what is returned holds only when nothing was.
 *
 * @param root the whole file, before any variable is put in
 * @param mentioned gets all names that this case refers to
 */
export function readScenario(
  root: MapNode,
  { variables, label }: Case,
  substitution: Substitution,
  source: SourceText,
  mentioned: Set<string>,
): Scenario | undefined {
  const reading: Reading = { names: [], needs: [], laterNicks: [], stepsLeft: STEPS_MAX };
  const { story, scope } = new StoryReader(root, source, substitution, reading).read(variables);
  const top = putIn(root, variables, scope, substitution);
  const { value, names } = read(scenarioSchema, top, { start: root.start, end: root.start }, source);
  for (const { role, text, range } of names) if (role === "fact") checkFact(text, range, scope, source);

  const all = [...names, ...reading.names];
  for (const { text } of all) mentioned.add(text);
  const cast = castOf(top, all, laterNickOf(reading), source);
  if (cast !== undefined) {
    const lacking = checkNeeds(reading, cast);
    checkNames(
      all.filter(({ text, source: own }) => own === source || !lacking.has(text)),
      cast,
    );
    warnAboutNames(top, scope, source);
  }
  blameDeclarations(root, all, cast, scope, source);
  const bots = readBots(top, source, value?.bots ?? {});
  if (value === undefined) return undefined;

  const place = source.placeAt(entryOf(root, "name")?.keyRange.start ?? root.start);
  const placeOf = (key: string) => {
    const entry = entryOf(root, key);
    return entry === undefined ? undefined : source.placeAt(entry.keyRange.start);
  };
  const exempt = (key: "skip" | "expectFail", fields: ExemptionFields | undefined): Exemption | undefined => {
    return fields && { place: placeOf(key) ?? place, ...fields };
  };
  const name = value.name ?? basename(source.file).replace(/\.ya?ml$/i, "");
  const clients = readClients(value.clients, top, source);
  checkScreens(reading, clients);
  const scenario: Scenario = {
    ...story,
    name: label === "" ? name : `${name} [${label}]`,
    place,
    tags: value.tags,
    spec: value.spec,
    timeoutMs: value.timeout,
    net: value.net ?? { seed: undefined, links: [] },
    server: readServer(value.server, top, place, source),
    clients,
    bots,
    requires: requirementsOf(value.requires, placeOf("requires")),
    skip: exempt("skip", value.skip),
    expectFail: exempt("expectFail", value.expectFail),
    leftovers: value.leftovers,
    invariantsOff: new Map(
      INVARIANTS.flatMap((invariant) => {
        const off = value.invariants?.[invariant]?.off;
        return off === undefined ? [] : [[invariant, off] as const];
      }),
    ),
    underTest: undefined,
  };
  warnAboutScenario(scenario, top, source);
  return scenario;
}

/** Puts the variables everywhere but into their own definitions, and into steps, which are read one by one. */
function putIn(root: MapNode, variables: Variables, scope: Scope, substitution: Substitution): MapNode {
  const names = {
    ...namesOf(variables),
    incomplete: scope.incomplete,
    lookUp: (name: string) => {
      scope.lookUp(name);
      return variables.get(name);
    },
  };
  const entries = root.entries.map((entry) => {
    const isOwn =
      entry.key === "vars" || entry.key === "matrix" || STEP_LISTS.some((key) => key === entry.key);
    const known = entry.key === "clients" || entry.key === "server" ? withCommandVariables(names) : names;
    return isOwn ? entry : { ...entry, value: substitution.apply(entry.value, known) };
  });
  return { ...root, entries };
}

/** In the command of a program stand names whose values the run gives: they stay as they are. */
function withCommandVariables<T extends ReturnType<typeof namesOf>>(names: T): T {
  return {
    ...names,
    all: [...commandVariables, ...names.all],
    lookUp: (name: string) => {
      const text = `\${${name}}`;
      const given = names.lookUp(name);
      if (given !== undefined || !commandVariables.some((variable) => variable === name)) return given;
      return { ...brokenNode({ start: 0, end: 0 }), value: text, text, empty: false, broken: false };
    },
  };
}

/** Clients of called files that this scenario does not have: told where the file is called, and nowhere in it. */
function checkNeeds({ needs }: Reading, cast: CastNames): ReadonlySet<string> {
  const lacking = needs.filter(({ client }) => !cast.clients.has(client));
  for (const { client, file, range, source } of lacking) {
    const message = `${quote(file)} needs a client ${quote(client)}`;
    source.report("UNKNOWN_NAME", range, message, `declare it: \`clients: {${client}: {}}\``);
  }
  return new Set(lacking.map(({ client }) => client));
}

/** Of a nickname that is known only as the scenario runs: where it is given. */
function laterNickOf({ laterNicks: [first] }: Reading): string | undefined {
  if (first === undefined) return undefined;
  const { file, line } = first.source.placeAt(first.node.start);
  return `${quote(`as: "${first.node.text}"`)} at ${file}:${line}`;
}

/** What a program shows is read with all nicknames in mind. */
function checkScreens({ laterNicks }: Reading, clients: Scenario["clients"]): void {
  const program = [...clients].find(([, { kind }]) => kind === "program");
  if (program === undefined) return;
  for (const { node, source } of laterNicks) {
    const message = `whose messages ${quote(program[0])} shows is read by nickname, and this one is known only as the scenario runs`;
    source.report("BAD_REFERENCE", node, message, "use variables of `vars` and `matrix` only");
  }
}

function requirementsOf(
  fields: NonNullable<ReturnType<typeof scenarioSchema.parse>["requires"]> | undefined,
  place: Requirements["place"],
): Requirements {
  const { net, platform, command = [], env = [] } = fields ?? {};
  const facts = new Map([
    ...(net === undefined ? [] : [["net", { operator: "equals", value: net }] as const]),
    ...(platform === undefined ? [] : [["platform", platform] as const]),
  ]);
  return { place, facts, commands: command, env };
}
