import type { Bot, BotDefinition, BotOptions } from "./api.ts";

/**
 * Defines a bot; a script exports it as its default. The second argument writes down the routes; the bot starts to take
 * messages when what it returns has resolved.
 *
 * @throws {TypeError} when there is no set-up function.
 * @example
 * export default defineBot((bot) => {
 *   bot.hears(/^ping\b/i, (ctx) => ctx.reply("pong"));
 * });
 */
export function defineBot(setup: (bot: Bot) => unknown): BotDefinition;
export function defineBot<Settings = unknown, const Secret extends string = never>(
  options: BotOptions<Settings, Secret>,
  setup: (bot: Bot<Settings, Secret>) => unknown,
): BotDefinition;
export function defineBot(
  ...args: [(bot: Bot) => unknown] | [BotOptions, (bot: Bot) => unknown]
): BotDefinition {
  const [options, setup] = args.length === 1 ? [{}, args[0]] : args;
  if (typeof setup !== "function") throw new TypeError("defineBot needs a function that sets the bot up");
  return { kind: "udpchat bot", options, setup };
}
