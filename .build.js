/**
 * Builds `dist/`: the JavaScript that the bin and the package's exports point at.
 *
 * Plain JavaScript without newer syntax: where npm may not run install scripts, the machine's own Node.js, perhaps an
 * old one, runs this on `npm ci`, and the bin it builds then says what is missing.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, rmSync, symlinkSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
const tsc = spawnSync("node_modules/.bin/tsc", ["-p", ".tsconfig.build.json"], { stdio: "inherit" });
if (tsc.status !== 0) process.exit(tsc.status || 1);
chmodSync("dist/cli/bin.js", 0o755);

// A bot's process may read one file, so vm2 is bundled into it.
const { bundleRunner } = await import("./dist/host/runner-file.js");
await bundleRunner("dist/host/sandbox/runner.js", "dist/host/sandbox/runner.cjs");

// npm links the bins of dependencies only. With its own bin beside them, `npx udpchat` works in a clone.
rmSync("node_modules/.bin/udpchat", { force: true });
symlinkSync("../../dist/cli/bin.js", "node_modules/.bin/udpchat");
