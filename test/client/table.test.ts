import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Table } from "../../src/client/v1/table.ts";
import type { Row } from "../../src/protocol/v1/packets.ts";

describe("a table with gaps", () => {
  it("may join one nickname to another's address, so a new address is believed the second time it comes", () => {
    const table = new Table();

    table.begin(2);
    table.add(row("bob", CAROLS_PORT));
    assert.equal(table.contacts.size, 0);

    for (let times = 1; times <= 2; times++) {
      table.begin(2);
      table.add(row("bob", BOBS_PORT));
    }
    assert.deepEqual(ports(table), { bob: BOBS_PORT });
  });

  it("is believed at once about those whose address is known", () => {
    const table = new Table();
    table.begin(2);
    table.add(row("bob", BOBS_PORT));
    table.add(row("carol", CAROLS_PORT));
    table.takeNews({ settled: false });

    table.begin(2);
    table.add(row("bob", BOBS_PORT, false));

    assert.equal(table.contacts.get("bob")?.online, false);
  });

  it("does not take away what is known of an address", () => {
    const table = new Table();
    table.begin(1);
    table.add(row("bob", BOBS_PORT));

    table.begin(2);
    table.add(row("bob", CAROLS_PORT));

    assert.deepEqual(ports(table), { bob: BOBS_PORT });
  });
});

describe("a table that came with all rows in one go", () => {
  it("takes an address from whoever is not at it any more", () => {
    const table = new Table();
    table.begin(1);
    table.add(row("bob", BOBS_PORT));

    table.begin(2);
    table.add(row("carol", BOBS_PORT));
    table.add(row("bob", CAROLS_PORT));

    assert.deepEqual(ports(table), { bob: CAROLS_PORT, carol: BOBS_PORT });
    assert.equal(table.nickAt(row("", BOBS_PORT).address), "carol");
    assert.equal(table.incomplete, false);
  });

  it("is not believed about new addresses when two are online at one of them", () => {
    const table = new Table();

    table.begin(2);
    table.add(row("bob", CAROLS_PORT));
    table.add(row("carol", CAROLS_PORT));

    assert.deepEqual(ports(table), {});
    assert.equal(table.incomplete, true);
  });

  it("is not believed when it has as many rows only with a field that stands in for a nickname", () => {
    const table = new Table();

    table.begin(2);
    table.add(row("bob", CAROLS_PORT));
    table.add(row("2", BOBS_PORT, false));

    assert.deepEqual(ports(table), {});
  });

  for (const nick of ["1", "yes", "no"]) {
    it(`has a nickname ${nick} only when it comes twice, for it may be a field before a nickname that was lost`, () => {
      const table = new Table();

      table.begin(1);
      table.add(row(nick, BOBS_PORT));
      assert.equal(table.contacts.size, 0);
      assert.equal(table.incomplete, true);

      table.begin(1);
      table.add(row(nick, BOBS_PORT));
      assert.deepEqual(ports(table), { [nick]: BOBS_PORT });
    });
  }

  it("is believed at once, also about new addresses", () => {
    const table = new Table();

    table.begin(2);
    table.add(row("bob", BOBS_PORT));
    table.add(row("carol", CAROLS_PORT));

    assert.deepEqual(ports(table), { bob: BOBS_PORT, carol: CAROLS_PORT });
    assert.equal(table.incomplete, false);
  });
});

const BOBS_PORT = 3_000;
const CAROLS_PORT = 4_000;

function row(nick: string, port: number, online = true): Row {
  return { kind: "row", nick, address: { host: "127.0.0.1", port }, online };
}

function ports(table: Table): Record<string, number> {
  return Object.fromEntries([...table.contacts].map(([nick, { address }]) => [nick, address.port]));
}
