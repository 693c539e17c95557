/** Gives this process and its children a state directory of their own, so that tests neither find nor leave an identity. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "udpchat-state-"));
process.env["XDG_STATE_HOME"] = folder;
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
