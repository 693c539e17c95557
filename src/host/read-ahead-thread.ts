/** Reads for `read-ahead.ts`, one script after the other, in the order in which they come. */
import { parentPort } from "node:worker_threads";
import { readByVm2 } from "./vm2-reading.ts";

parentPort?.on("message", (code: string) => parentPort?.postMessage(readByVm2(code)));
