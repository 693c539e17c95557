/** What `udpchat test` can be told. */
import { availableParallelism } from "node:os";
import { type Command, Option } from "commander";
import type { Address } from "../protocol/address.ts";
import type { NetKind, SeedRange, Shard, TraceMode } from "../scenario/index.ts";
import { readPattern, readSeed, readSeeds, readServer, readShard, wholeNumber } from "./arguments.ts";
import type { TestCommandOptions } from "./commands/test.ts";
import { type ReportTarget, readReporters, type TestReportKind } from "./report-targets.ts";

export interface TestFlags {
  readonly net: NetKind;
  readonly seed?: number;
  readonly seeds?: SeedRange;
  readonly checkDeterminism?: boolean;
  readonly server?: Address;
  readonly workers?: number;
  readonly shard?: Shard;
  readonly retries: number;
  readonly failOnFlaky?: boolean;
  readonly repeat: number;
  readonly bail?: boolean;
  readonly grep?: RegExp;
  readonly tag: readonly string[];
  readonly lastFailed?: boolean;
  readonly watch?: boolean;
  readonly trace: TraceMode;
  readonly reporter: readonly ReportTarget<TestReportKind>[];
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
    .addOption(
      option(
        "--server <host:port>",
        "on the real network: a server that runs, instead of one for each",
      ).argParser(readServer),
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
      option("-j, --workers <number>", "runs at the same time (default: as fits the machine)").argParser(
        wholeNumber(1, 999_999),
      ),
    )
    .addOption(
      option("--repeat <number>", "run each so many times").argParser(wholeNumber(1, 999_999)).default(1),
    )
    .addOption(
      option("--retries <number>", "run again what fails; what passes then is flaky")
        .argParser(wholeNumber(0, 999))
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
