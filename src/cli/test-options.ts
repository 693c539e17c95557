/** What `udpchat test` can be told. */
import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError, Option } from "commander";
import { readPattern, readSeed } from "./arguments.ts";
import type { TestCommandOptions } from "./commands/test.ts";
import { type ReportWish, readReporters } from "./report-wishes.ts";

export interface TestFlags {
  readonly net: "real" | "sim";
  readonly seed?: number;
  readonly seeds?: { readonly first: number; readonly last: number };
  readonly checkDeterminism?: boolean;
  readonly server?: { readonly host: string; readonly port: number };
  readonly workers?: number;
  readonly shard?: { readonly index: number; readonly of: number };
  readonly retries: number;
  readonly failOnFlaky?: boolean;
  readonly repeat: number;
  readonly bail?: boolean;
  readonly grep?: RegExp;
  readonly tag: readonly string[];
  readonly lastFailed?: boolean;
  readonly watch?: boolean;
  readonly trace: "on" | "off" | "on-failure";
  readonly reporter: readonly ReportWish[];
}

export function addTestOptions(command: Command): Command {
  const option = (flags: string, description: string) => new Option(flags, description);
  return command
    .argument("[paths...]", "files and folders (default: scenarios)")
    .optionsGroup("Where they run:")
    .addOption(
      option("--net <kind>", "UDP on 127.0.0.1, or simulated").choices(["real", "sim"]).default("real"),
    )
    .addOption(option("--seed <number>", "for all that is random; before the files' own").argParser(readSeed))
    .addOption(
      option("--seeds <A..B>", "in simulation: run each with every one of these")
        .argParser(readSeeds)
        .conflicts("seed"),
    )
    .option("--check-determinism", "in simulation: run each twice, and compare")
    .optionsGroup("Which ones:")
    .addOption(option("-g, --grep <regexp>", "only scenarios whose name matches").argParser(readPattern))
    .addOption(
      option("-t, --tag <tag>", "only scenarios with this tag; may be repeated")
        .argParser((tag: string, tags: readonly string[]) => [...tags, tag])
        .default([], "all"),
    )
    .option("--last-failed", "only what failed when it was last run")
    .addOption(
      option("--shard <i/n>", "only the ith of n parts that take about as long").argParser(readShard),
    )
    .optionsGroup("How:")
    .addOption(
      option("-j, --workers <number>", "runs at the same time")
        .argParser(readCount("Workers are"))
        .default(undefined, "as fits the machine"),
    )
    .addOption(
      option("--repeat <number>", "run each so many times")
        .argParser(readCount("Repetitions are"))
        .default(1),
    )
    .addOption(
      option("--retries <number>", "run again what fails; what passes then is flaky")
        .argParser(readWhole("Retries are"))
        .default(0),
    )
    .option("--fail-on-flaky", "exit with 7 if something was flaky")
    .option("--bail", "end at the first failure")
    .option("--watch", "run again what a changed file touches, until Ctrl+C")
    .optionsGroup("What is told:")
    .addOption(
      option("--reporter <kinds>", "pretty, junit, tap, json, github; several with commas, each with =FILE")
        .argParser(readReporters)
        .default([{ kind: "pretty", file: undefined }], "pretty"),
    )
    .addOption(
      option("--trace <when>", "keep all that happens, in a file for each run")
        .choices(["on", "off", "on-failure"])
        .default("off"),
    );
}

export function testCommandOptions(paths: readonly string[], flags: TestFlags): TestCommandOptions {
  const { reporter, tag, checkDeterminism, failOnFlaky, bail, lastFailed, watch, ...rest } = flags;
  return {
    ...rest,
    seed: flags.seed,
    seeds: flags.seeds,
    server: flags.server,
    workers: flags.workers,
    cores: availableParallelism(),
    paths,
    reports: reporter,
    selection: { grep: flags.grep, tags: tag, lastFailed: lastFailed === true, shard: flags.shard },
    checkDeterminism: checkDeterminism === true,
    failOnFlaky: failOnFlaky === true,
    bail: bail === true,
    watch: watch === true,
  };
}

/** More would be a slip of the keyboard. */
const SEEDS_MAX = 10_000_000;

function readSeeds(text: string): { first: number; last: number } {
  const [, first = "", last = ""] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  if (first === "") throw new InvalidArgumentError("Write A..B, such as 1..1000; both belong to it.");
  const range = { first: readSeed(first), last: readSeed(last) };
  if (range.first > range.last) throw new InvalidArgumentError(`${last} is less than ${first}.`);
  if (range.last - range.first >= SEEDS_MAX) {
    throw new InvalidArgumentError("That are more than ten million seeds.");
  }
  return range;
}

function readShard(text: string): { index: number; of: number } {
  const [, index, of] = /^(\d{1,6})\/(\d{1,6})$/.exec(text)?.map(Number) ?? [];
  if (index === undefined || of === undefined || index < 1 || index > of) {
    throw new InvalidArgumentError("Write i/n, such as 1/3; i counts from 1.");
  }
  return { index, of };
}

function readCount(what: string): (text: string) => number {
  return (text) => {
    if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError(`${what} a whole number, 1 or more.`);
    return Number(text);
  };
}

function readWhole(what: string): (text: string) => number {
  return (text) => {
    if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError(`${what} a whole number, 0 or more.`);
    return Number(text);
  };
}
