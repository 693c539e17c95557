import assert from "node:assert/strict";
import { it } from "node:test";
import { columnsOf } from "../../src/cli/terminal-output.ts";

it("a terminal without a size, and what is no terminal, have room for a line", () => {
  const widths = [{ columns: 0 }, {}, { columns: 132 }].map(columnsOf);

  assert.deepEqual(widths, [80, 80, 132]);
});
