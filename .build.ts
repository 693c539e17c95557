/** Builds `dist/`: the JavaScript that the bin and the package's exports point at. */
import { spawnSync } from "node:child_process";
import { chmodSync, rmSync, symlinkSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
const tsc = spawnSync("node_modules/.bin/tsc", ["-p", ".tsconfig.build.json"], { stdio: "inherit" });
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
chmodSync("dist/cli/bin.js", 0o755);

// npm links the bins of dependencies only. With its own bin beside them, `npx udpchat` works in a clone.
rmSync("node_modules/.bin/udpchat", { force: true });
symlinkSync("../../dist/cli/bin.js", "node_modules/.bin/udpchat");
