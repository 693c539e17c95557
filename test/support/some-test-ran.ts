/**
 * A reporter that says nothing unless no test ran. Node.js calls that a success, as when a pattern of files matches
 * none; here it fails.
 */
import type { TestEvent } from "node:test/reporters";

export default async function* someTestRan(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  let ran = 0;
  for await (const event of events) {
    const isTest = event.type === "test:pass" || event.type === "test:fail";
    if (isTest && event.data.details.type !== "suite") ran += 1;
  }
  if (ran > 0) return;
  process.exitCode = 1;
  yield "error: no test ran\n";
}
