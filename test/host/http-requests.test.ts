import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { HttpRequests } from "../../src/host/http-requests.ts";
import { systemWorld } from "../../src/net/system-world.ts";

const { clock } = systemWorld();
const GET = { method: "GET", headers: {}, timeoutMs: 5_000 };

describe("requests of a bot", () => {
  it("go to a host that is granted, and come back with everything", async (t) => {
    const host = await serve(t, (request, response) => {
      response.setHeader("x-seen", `${request.method} ${request.url} ${request.headers["key"]}`);
      response.statusCode = 201;
      request.pipe(response);
    });

    const outcome = await new HttpRequests([host], clock).perform({
      ...GET,
      method: "POST",
      url: `http://${host}/a?b=c`,
      headers: { key: "k" },
      body: "naïve ✓",
    });

    assert.equal(outcome.kind, "response");
    assert.deepEqual(
      outcome.kind === "response" && [outcome.status, outcome.text, outcome.headers["x-seen"]],
      [201, "naïve ✓", "POST /a?b=c k"],
    );
  });

  it("go nowhere else, in no disguise", async (t) => {
    let asked = 0;
    const host = await serve(t, (_, response) => {
      asked++;
      response.end();
    });
    const requests = new HttpRequests(["status.example.org"], clock);
    const codes = async (urls: readonly string[]) => {
      const outcomes = await Promise.all(urls.map((url) => requests.perform({ ...GET, url })));
      return outcomes.map((outcome) => (outcome.kind === "error" ? outcome.code : outcome.kind));
    };

    const refused = await codes([
      `http://${host}/`,
      `http://status.example.org@${host}/`,
      `http://status.example.org:81/`,
    ]);
    const bad = await codes(["file:///etc/passwd", "status.example.org", "ftp://status.example.org/"]);

    assert.deepEqual(refused, ["NOT_GRANTED", "BAD_REQUEST", "NOT_GRANTED"]);
    assert.deepEqual(bad, ["BAD_REQUEST", "BAD_REQUEST", "BAD_REQUEST"]);
    assert.equal(asked, 0);
  });

  it("do not follow where they are led, and set no header that is the host's", async (t) => {
    const host = await serve(t, (_, response) =>
      response.writeHead(302, { location: "http://other.example/" }).end(),
    );
    const requests = new HttpRequests([host], clock);

    const led = await requests.perform({ ...GET, url: `http://${host}/` });
    const forged = await requests.perform({
      ...GET,
      url: `http://${host}/`,
      headers: { Host: "other.example" },
    });

    assert.equal(led.kind === "response" && led.headers["location"], "http://other.example/");
    assert.equal(forged.kind === "error" && forged.code, "BAD_REQUEST");
  });

  it("are bounded in size and time, and in number", async (t) => {
    const host = await serve(t, (request, response) => {
      if (request.url === "/large") response.end("x".repeat(300_000));
      // Everything else is never answered.
    });
    const requests = new HttpRequests([host], clock);
    const url = `http://${host}`;

    const large = await requests.perform({ ...GET, url: `${url}/large` });
    const sent = await requests.perform({ ...GET, url, method: "POST", body: "x".repeat(300_000) });
    const silent = await Promise.all(
      Array.from({ length: 17 }, () => requests.perform({ ...GET, url, timeoutMs: 50 })),
    );

    assert.equal(large.kind === "error" && large.code, "TOO_LARGE");
    assert.equal(sent.kind === "error" && sent.code, "TOO_LARGE");
    const codes = silent.map((outcome) => (outcome.kind === "error" ? outcome.code : outcome.kind));
    assert.deepEqual(codes, [...Array(16).fill("TIMED_OUT"), "TOO_MANY"]);
  });

  it("say that nobody is there", async () => {
    const outcome = await new HttpRequests(["127.0.0.1:1"], clock).perform({
      ...GET,
      url: "http://127.0.0.1:1/",
    });

    assert.equal(outcome.kind === "error" && outcome.code, "UNREACHABLE");
    assert.match(outcome.kind === "error" ? outcome.message : "", /127\.0\.0\.1:1/);
  });
});

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
