/** Which implementation a scenario's `process` stands for. */
import { fileURLToPath } from "node:url";
import { closed } from "../language/driver/closed.ts";
import { GENERIC_DRIVER, loadDriverFile } from "../language/driver/load.ts";
import type { KnownProfile } from "../language/driver/model.ts";
import type { Scenario } from "../language/model.ts";
import type { Implementation, ProgramSpec, UnderTest } from "../language/program-spec.ts";

const HERE = fileURLToPath(import.meta.url);

/** Our own program, by the command line that every UdpChat has. */
export function ownImplementation(): Implementation {
  const { driver } = loadDriverFile(GENERIC_DRIVER);
  if (driver === undefined) throw new TypeError(`the generic driver ${GENERIC_DRIVER} has mistakes`);
  const fromSource = HERE.endsWith(".ts");
  const program = fileURLToPath(new URL(`../../cli/bin.${fromSource ? "ts" : "js"}`, import.meta.url));
  return {
    driver: {
      ...driver,
      name: "udpchat",
      server: { ...driver.server, ready: /listening on/ },
      // Known, not found out: what the original does, without its defects.
      profile: closed(driver),
    },
    command: [process.execPath, ...(fromSource ? ["--conditions=source"] : []), program],
    cwd: process.cwd(),
    profile: closed(driver),
  };
}

/** What a client or server that is a program is played by; with several implementations the clients take turns. */
export function implementationFor(
  { implementation, arguments: own }: ProgramSpec,
  mode: "server" | "client",
  underTest: UnderTest,
  turn = 0,
): Implementation {
  if (implementation !== undefined) return implementation;
  const { clients, server } = underTest;
  const chosen = mode === "server" ? server : (clients[turn % clients.length] ?? clients[0]);
  if (own === undefined) return chosen;
  const { driver } = chosen;
  // Arguments that are wrong are wrong for a server, too.
  return { ...chosen, driver: { ...driver, [mode]: { ...driver[mode], arguments: own } } };
}

export function ownPrograms(): UnderTest {
  const own = ownImplementation();
  return { server: own, clients: [own] };
}

/** Whether anything but our own code in this process takes part. */
export function hasPrograms({ server, clients }: Pick<Scenario, "server" | "clients">): boolean {
  return [...clients.values(), server].some((spec) => spec?.kind === "program" || spec?.kind === "silent");
}

/** What is known of the programs that take part; nothing when there are none. */
export function programsIn(scenario: Pick<Scenario, "server" | "clients" | "underTest">): {
  readonly names: readonly string[];
  readonly profile: KnownProfile | undefined;
} {
  const specs = [...scenario.clients.values(), scenario.server].filter((spec) => spec?.kind === "program");
  if (specs.length === 0) return { names: [], profile: undefined };
  const underTest = scenario.underTest ?? ownPrograms();
  const all = specs.flatMap((spec) => {
    if (spec.implementation !== undefined) return [spec.implementation];
    return [underTest.server, ...underTest.clients];
  });
  return {
    names: [...new Set(all.map(({ driver }) => driver.name))],
    profile: {
      ...underTest.server.profile,
      ...underTest.clients[0].profile,
      secondClient: underTest.server.profile.secondClient,
      vanishedReturns: underTest.server.profile.vanishedReturns,
    },
  };
}
