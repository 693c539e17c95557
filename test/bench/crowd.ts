import assert from "node:assert/strict";
import { systemWorld } from "../../src/net/system-world.ts";
import { median } from "./measure.ts";
import { OtherEnd } from "./remote.ts";
import { CROWD_IDENTITY, Speaker } from "./speaker.ts";

/** What a server with many v2 clients was seen to do. */
export interface CrowdFigures {
  readonly clients: number;
  /** Until all were registered, from the first. */
  readonly registerS: number;
  /** Of these, what the server computed: on a busy machine the only figure that can be compared. */
  readonly registerCpuS: number;
  /** From the newcomer's registration until all others had been told; median of several. */
  readonly joinMs: number;
  /** What a join cost the server, divided by the clients; median of several. */
  readonly joinCpuUs: number;
  /** Of the server's process, in which nothing else happened. */
  readonly memoryMb: number;
}

/** Registrations under way at once: so many that neither end waits, so few that a socket's buffer holds their answers. */
const REGISTERING_MAX = 200;
const REPEAT_MS = 500;
const JOINS = 9;
const REST_MS_MAX = 30_000;
const MB = 1_048_576;

/** A server in a process of its own, and all its clients in this one, each on a port of its own. */
export async function crowd(clients: number): Promise<CrowdFigures> {
  await using other = OtherEnd.start();
  await using cleanUp = new AsyncDisposableStack();
  const server = await other.open({ kind: "server", store: "memory", nicksMax: 2 * clients });
  const { network } = systemWorld();
  let told = 0;
  let newcomer = "";
  let onTold = (): void => {};
  const open = async (nick: string): Promise<Speaker> => {
    const onRow = (row: string): void => {
      if (row === newcomer) {
        told += 1;
        onTold();
      }
    };
    const speaker = await Speaker.open(network, { nick, identity: CROWD_IDENTITY, server, onRow });
    cleanUp.defer(() => speaker.close());
    return speaker;
  };

  const speakers: Speaker[] = [];
  for (let i = 0; i < clients; i += 1) speakers.push(await open(`crowd${i}`));
  const repeat = setInterval(() => {
    for (const speaker of begun) speaker.repeat();
  }, REPEAT_MS);
  cleanUp.defer(() => clearInterval(repeat));

  const begun = new Set<Speaker>();
  const waiting = [...speakers];
  const cpuBeganUs = await other.count({ kind: "cpu" });
  const beganMs = performance.now();
  await Promise.all(
    Array.from({ length: REGISTERING_MAX }, async () => {
      for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
        begun.add(one);
        await one.register();
        begun.delete(one);
      }
    }),
  );
  const registerS = (performance.now() - beganMs) / 1_000;
  const registerCpuS = ((await other.count({ kind: "cpu" })) - cpuBeganUs) / 1e6;
  await rest(other);

  const joinsMs: number[] = [];
  const cpusUs: number[] = [];
  for (let join = 0; join < JOINS; join += 1) {
    newcomer = `newcomer${join}`;
    told = 0;
    const cpuBeforeUs = await other.count({ kind: "cpu" });
    const all = Promise.withResolvers<void>();
    onTold = () => {
      if (told >= clients + join) all.resolve();
    };
    const one = await open(newcomer);
    begun.add(one);
    await one.register();
    begun.delete(one);
    const registeredMs = performance.now();
    const tooLate = setTimeout(() => all.reject(new Error(`only ${told} were told of a join`)), REST_MS_MAX);
    await all.promise;
    clearTimeout(tooLate);
    joinsMs.push(performance.now() - registeredMs);
    await rest(other);
    cpusUs.push(((await other.count({ kind: "cpu" })) - cpuBeforeUs) / clients);
  }
  const memoryMb = (await other.count({ kind: "memory" })) / MB;
  return { clients, registerS, registerCpuS, joinMs: median(joinsMs), joinCpuUs: median(cpusUs), memoryMb };
}

/** Until the server has nothing more to send by itself. */
async function rest(other: OtherEnd): Promise<void> {
  const deadlineMs = performance.now() + REST_MS_MAX;
  while ((await other.count({ kind: "busy" })) > 0) {
    assert.ok(performance.now() < deadlineMs, "the server does not come to rest");
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}
