/** Servers, clients and bots as the programs they are. */
import type { ServerCommand } from "../../language/actions.ts";
import { expectationFailed, viewOf } from "../failures.ts";
import type { Failure } from "../result.ts";
import type { Of, Scene } from "../scene.ts";
import { unlessAborted } from "../waiting.ts";

export async function changeServer(
  step: Of<"server">,
  { cast }: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const objection = cast.server.objection(step.do);
  if (objection !== undefined) return expectationFailed(step, EXPECTED[step.do], [objection], []);
  switch (step.do) {
    case "start":
      await unlessAborted(cast.startServer(), signal);
      break;
    case "stop":
      await cast.server.stop();
      break;
    case "kill":
      await cast.server.kill();
      break;
    case "restart":
      await cast.server.stop();
      await unlessAborted(cast.startServer(), signal);
      break;
    case "pause":
      cast.server.pause();
      break;
    case "resume":
      cast.server.resume();
      break;
    case "silence":
      await cast.silence();
      break;
  }
  return undefined;
}

const EXPECTED: { readonly [command in ServerCommand]: string } = {
  start: "a server that is down",
  stop: "a server that runs",
  kill: "a server that runs",
  restart: "a server that runs",
  pause: "a server that runs",
  resume: "a server that stands still",
  silence: "a server whose port can be taken",
};

export async function changeClient(
  step: Of<"client">,
  { cast }: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const role = cast.client(step.at);
  const objection = await role.control(step.do, signal);
  if (objection === undefined) return undefined;
  const expected = `a client that can ${step.do}`;
  return expectationFailed(step, expected, [objection], [viewOf(role.ledger)]);
}

export async function input(
  step: Of<"input">,
  { cast }: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const role = cast.client(step.at);
  const objection = await role.input(step.line, signal, step.command);
  if (objection === undefined) return undefined;
  return expectationFailed(step, "a program that can be typed into", [objection], [viewOf(role.ledger)]);
}

export async function changeBot(
  step: Of<"bot">,
  { cast }: Scene,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const bot = cast.bot(step.at);
  if (bot.isRunning === (step.do === "start")) {
    const [expected, found] = step.do === "start" ? ["stopped", "running"] : ["running", "stopped"];
    return expectationFailed(step, `a bot that is ${expected}`, [`it is ${found}`], []);
  }
  if (step.do === "kill") await bot.crash();
  if (step.do === "stop" || step.do === "restart") await bot.stop();
  if (step.do === "start" || step.do === "restart") {
    await unlessAborted(bot.start(await cast.server.address()), signal);
  }
  return undefined;
}

export async function raw({ from, to, bytes }: Of<"raw">, { cast }: Scene): Promise<undefined> {
  await cast.client(from).sendRaw(await cast.addressOf(to), bytes);
}
