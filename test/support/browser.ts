/** A real browser for pages that we write. It gets no network: a page of ours needs none. */
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { findInPath } from "../../src/host/find-in-path.ts";

/** `UDPCHAT_TEST_BROWSER` names it and makes it be there; otherwise one that is found is used. */
const NAMED = process.env["UDPCHAT_TEST_BROWSER"];
const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Where Chromium is; `undefined` where there is none. */
export const BROWSER = NAMED ?? NAMES.map((name) => findInPath(name)).find((file) => file !== undefined);

export interface Shown {
  readonly page: Page;
  /** What the page asked for beside itself, and what it complained of. */
  readonly troubles: readonly string[];
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(BROWSER !== undefined && { executablePath: BROWSER }),
    args: [
      // Chromium's own sandbox needs what a container seldom grants, and the page is ours.
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

/** Opens a file as somebody would who was sent it. */
export async function show(browser: Browser, file: string, width = 1_200): Promise<Shown> {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const troubles: string[] = [];
  const { href } = pathToFileURL(file);
  page.on("request", (request) => request.url() !== href && troubles.push(`asks for ${request.url()}`));
  page.on("console", (line) => troubles.push(line.text()));
  page.on("pageerror", (error) => troubles.push(error.message));
  page.on("dialog", (dialog) => {
    troubles.push(`says ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(href);
  return { page, troubles };
}
