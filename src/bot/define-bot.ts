import type { BotDefinition, BotOptions, BotSetup } from "./api.ts";

/**
 * Defines a bot; a script exports it as its default.
 *
 * @throws {TypeError} when there is no set-up function.
 * @example
 * export default defineBot((bot) => {
 *   bot.hears(/^ping\b/i, (ctx) => ctx.reply("pong"));
 * });
 */
export function defineBot(setup: BotSetup): BotDefinition;
export function defineBot(options: BotOptions, setup: BotSetup): BotDefinition;
export function defineBot(...args: [BotSetup] | [BotOptions, BotSetup]): BotDefinition {
  const [options, setup] = args.length === 1 ? [{}, args[0]] : args;
  if (typeof setup !== "function") throw new TypeError("defineBot needs a function that sets the bot up");
  return { kind: "udpchat bot", options, setup };
}
