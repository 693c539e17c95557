import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { loadClauses } from "../../../src/scenario/conformance/clauses.ts";
import { conformanceHtml } from "../../../src/scenario/conformance/report-html.ts";
import type { ConformanceResult } from "../../../src/scenario/conformance/verdict.ts";
import { BROWSER, launchBrowser, show } from "../../support/browser.ts";
import { callCli } from "../../support/command-lines.ts";
import { FOREIGN } from "../../support/screened.ts";

const skip = BROWSER === undefined && "there is no Chromium; install it, or name it in UDPCHAT_TEST_BROWSER";

describe("the page of a conformance run, in a browser", { skip }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), "udpchat-page-"));
  const file = path.join(folder, "report.html");
  let browser: Browser;
  before(async () => {
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  it("shows the score, and of what failed what was typed, what came and what was expected; the rest on demand", async () => {
    const driver = path.join(folder, "broken.yaml");
    const original = path.join(FOREIGN, "udpchat.yaml");
    writeFileSync(
      driver,
      `driver: 1\nextends: ${original}\ncommand: [python3, udpchat.py]\ncwd: ${FOREIGN}\nenv: {UDPCHAT_BREAK: dereg-ends}\n`,
    );
    const args = ["--driver", driver, "--clause", "deregisters", "--reporter", `html=${file}`];
    const { exitCode, stderr } = await callCli(["conformance", ...args]);
    assert.equal(exitCode, 1, stderr);

    const { page, troubles } = await show(browser, file);
    const failed = page.locator("details", { hasText: "a client deregisters, and stays" });
    const passed = page.locator("details").first();
    const before = await passed.locator("p").isVisible();
    await passed.locator("summary").click();

    assert.deepEqual(troubles, []);
    assert.match(await page.title(), /^UdpChat conformance: /);
    assert.match((await page.locator(".score").textContent()) ?? "", /^66 % 2 of 3 clauses/);
    assert.equal(await failed.locator("code").first().textContent(), "dereg");
    assert.deepEqual(await page.locator("h2").allInnerTexts(), ["The exercise 2 of 3"]);
    assert.ok(await failed.getByText("never the end of the program").isVisible());
    assert.ok(await failed.getByText('shows "[You are Offline. Bye.]"').isVisible());
    assert.deepEqual([before, await passed.locator("p").isVisible()], [false, true]);
  });

  it("shows what a program said as text, whatever it said, and needs no sideways scrolling on a telephone", async () => {
    const hostile = `<script>alert(1)</script><img src="http://127.0.0.1:9/x" onerror="alert(2)">\u202E\u001b[31m${"wide".repeat(200)}`;
    writeFileSync(file, conformanceHtml(failureThatShows(hostile)));

    const { page, troubles } = await show(browser, file, 360);
    const overflow = await page.evaluate(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );

    assert.deepEqual(troubles, []);
    assert.equal(overflow, 0);
    assert.equal(await page.locator("script, img").count(), 0);
    assert.ok(await page.locator("pre").getByText("<script>alert(1)</script>").isVisible());
  });
});

/** One clause that failed, with the text at every place that a program has a say in. */
function failureThatShows(text: string): ConformanceResult {
  const [clause] = loadClauses().clauses;
  assert.ok(clause !== undefined);
  const line = { atMs: 1, text, unconsumed: true, near: true };
  const failure = {
    kind: "expectation",
    place: clause.scenario.place,
    step: text,
    expected: text,
    found: [text],
    ledgers: [{ client: text, lines: [line], omitted: 3 }],
  } as const;
  const verdict = { clause, status: "failed", note: text, failures: [failure], elapsedMs: 1 } as const;
  const candidate = {
    name: text,
    command: text,
    profile: {},
  } as unknown as ConformanceResult["candidates"][0];
  return { candidates: [candidate], verdicts: [verdict], elapsedMs: 1, interrupted: false };
}
