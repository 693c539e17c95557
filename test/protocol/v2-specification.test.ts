import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { identityFrom, stampOf } from "../../src/net/keys.ts";
import * as limits from "../../src/protocol/limits.ts";
import { introductionText, registrationText } from "../../src/protocol/v2/index.ts";
import { REFUSAL_CODES } from "../../src/protocol/v2/packets.ts";
import { V2_VECTORS } from "../support/v2-vectors.ts";

const SPECIFICATION = readFileSync(
  new URL("../../src/protocol/v2/SPECIFICATION.md", import.meta.url),
  "utf8",
);

describe("the specification of v2", () => {
  const golden = new Map([
    ["opening", V2_VECTORS.opening],
    ...V2_VECTORS.datagrams.map((datagram) => [datagram.name, datagram] as const),
  ]);
  const blocks = [...SPECIFICATION.matchAll(/^```datagram (.*)\n([^`]*)^```$/gm)];

  for (const [, name = "", shown] of blocks) {
    it(`shows a datagram as it is: ${name}`, () => {
      const datagram = golden.get(name);

      assert.ok(datagram !== undefined, "there is no golden datagram of that name");
      assert.equal(shown, rendered(datagram));
    });
  }

  it("shows every kind of record", () => {
    const names = new Set(blocks.map(([, name]) => name));

    const shown = V2_VECTORS.datagrams
      .filter(({ name }) => names.has(name))
      .flatMap(({ packets }) => packets);

    const kinds = new Set(V2_VECTORS.datagrams.flatMap(({ packets }) => packets.map(({ kind }) => kind)));
    assert.deepEqual(new Set(shown.map(({ kind }) => kind)), kinds);
  });

  it("explains every code of a refusal", () => {
    const rows = tablesOf("Codes").map(([code = ""]) => unquoted(code));

    assert.deepEqual(rows, [...REFUSAL_CODES]);
  });

  it("gives the limits and timers that the program has", () => {
    const rows = tablesOf("Limits and timers");

    for (const [name = "", value = "", , file = ""] of rows) {
      const given = Number(/^[\d,.]+/.exec(value)?.[0].replaceAll(",", ""));
      assert.equal(given, constant(unquoted(name), unquoted(file)), name);
    }
    const named = new Set(rows.map(([name = ""]) => unquoted(name)));
    const missing = Object.entries(limits).filter(
      ([name, value]) => typeof value === "number" && !name.startsWith("V1_") && !named.has(name),
    );
    assert.deepEqual(missing, []);
  });

  it("signs and stamps its examples as the program does", () => {
    const { signature, introduction } = V2_VECTORS;
    const packets = V2_VECTORS.datagrams.flatMap((datagram) => datagram.packets);
    const registration = packets.find((packet) => packet.kind === "register");
    const message = packets.find((packet) => packet.kind === "message");
    const stamp = packets.find((packet) => packet.kind === "for");
    const pong = packets.find((packet) => packet.kind === "pong");
    assert.ok(registration && message && stamp && pong);
    const identity = identityFrom(Uint8Array.from(Buffer.from(signature.seedHex, "hex")));

    assert.equal(identity.publicKey, signature.publicKey);
    assert.equal(registration.publicKey, signature.publicKey);
    assert.equal(signature.text, registrationText(registration.nick, registration.cookie));
    assert.equal(introduction.text, introductionText(message.from, message.to, message.id.epoch));
    assert.equal(identity.sign(signature.text), signature.signature);
    assert.equal(identity.sign(introduction.text), introduction.signature);
    assert.equal(registration.signature, signature.signature);
    assert.equal(message.signature, introduction.signature);
    assert.equal(stamp.stamp, stampOf(pong.session));
    for (const value of [...Object.values(signature), ...Object.values(introduction)]) {
      assert.ok(SPECIFICATION.includes(value), value);
    }
  });

  it("leads to places that there are", () => {
    const headings = [...SPECIFICATION.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w -]/g, "")
        .replaceAll(" ", "-"),
    );

    for (const [, place = ""] of SPECIFICATION.matchAll(/\]\(#([^)]*)\)/g)) {
      assert.ok(headings.includes(place), place);
    }
  });
});

/** As the specification shows a datagram: its text with signs for what frames a record, then its bytes, 32 a line. */
function rendered({ text, hex }: { readonly text: string; readonly hex: string }): string {
  const characters = text.replaceAll("\x1e", "␞").replaceAll("\n", "␊\n").trimEnd();
  const bytes = (hex.match(/../g) ?? []).join(" ");
  return `${characters}\n\n${bytes.replaceAll(/((?:\w\w ){31}\w\w) /g, "$1\n")}\n`;
}

/** The cells of the rows of the tables under a heading, without what heads them. */
function tablesOf(heading: string): string[][] {
  const [, rest = ""] = SPECIFICATION.split(`\n## ${heading}\n`);
  const [section = ""] = rest.split("\n## ");
  const tables = section.match(/^\|.*(?:\n\|.*)*/gm) ?? [];
  return tables.flatMap((table) => table.split("\n").slice(2)).map(cellsOf);
}

function cellsOf(row: string): string[] {
  return row
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

function unquoted(cell: string): string {
  return cell.replaceAll("`", "");
}

/** The number that a source file gives this name, be it a constant or a field of the defaults. */
function constant(name: string, file: string): number | undefined {
  const source = readFileSync(new URL(`../../src/${file}`, import.meta.url), "utf8");
  const value = new RegExp(`(?:^(?:export )?const ${name} =|^ {2}${name}:) ([\\d_.]+)[;,]$`, "m").exec(
    source,
  )?.[1];
  return value === undefined ? undefined : Number(value.replaceAll("_", ""));
}
