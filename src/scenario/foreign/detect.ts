import type { World } from "../../net/network.ts";
import { closed } from "../language/driver/closed.ts";
import type { KnownProfile } from "../language/driver/model.ts";
import type { Implementation } from "../language/program-spec.ts";
import { Trial } from "./trial.ts";

/** Who registers by himself has done so by then, counted from when he is ready. */
const BY_ITSELF_MS = 2_000;

const NICK = "probe";

/**
 * Finds out what a profile leaves open, by starting the program and trying.
 *
 * @throws {ProgramError} when the program does not start or its server is never ready; the signal's reason when it aborts.
 */
export async function detectProfile(
  implementation: Implementation,
  world: World,
  signal: AbortSignal,
): Promise<KnownProfile> {
  const { driver } = implementation;
  const open = driver.profile;
  const guess = closed(driver);
  const begin = (profile: KnownProfile) => Trial.start({ ...implementation, profile }, world, [NICK]);

  const registersAtStart = async () => {
    await using trial = await begin(guess);
    const client = trial.client(NICK);
    await client.start(signal);
    return await client.showsWithin(BY_ITSELF_MS, ["registered", "table", "mail"], signal);
  };
  const known = {
    ...guess,
    registersAtStart: open.registersAtStart === "detect" ? await registersAtStart() : open.registersAtStart,
  };

  const secondClient = async () => {
    await using trial = await begin(known);
    await trial.client(NICK).register(NICK, signal);
    const { kind } = await trial.client(NICK).register(NICK, signal);
    if (kind === "refused") return "refused";
    return kind === "ok" ? "takesOver" : "ignored";
  };
  const vanishedReturns = async () => {
    await using trial = await begin(known);
    const before = trial.client(NICK);
    await before.register(NICK, signal);
    await before.kill();
    return (await trial.client(NICK).register(NICK, signal)).kind === "ok";
  };
  const [second, vanished] = await Promise.all([
    open.secondClient === "detect" ? secondClient() : open.secondClient,
    open.vanishedReturns === "detect" ? vanishedReturns() : open.vanishedReturns,
  ]);
  return { ...known, secondClient: second, vanishedReturns: vanished };
}

/** Whether a client of one implementation can register at a server of another: whether they share a wire. */
export async function canRegister(
  { server, client }: { readonly server: Implementation; readonly client: Implementation },
  world: World,
  signal: AbortSignal,
): Promise<boolean> {
  await using trial = await Trial.start(server, world, [NICK]);
  return (await trial.client(NICK, client).register(NICK, signal)).kind === "ok";
}
