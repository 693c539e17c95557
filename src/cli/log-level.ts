import { Option } from "commander";

const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export function logLevelOption(): Option {
  return new Option("--log-level <level>", "how much to log").choices(LOG_LEVELS).default("info");
}
