import { cells, padCells, wrapCells } from "../language/cells.ts";
import type { Paint } from "../paint.ts";
import type { Failure } from "../run/result.ts";

/** Narrower columns would break every sentence. */
export const TWO_COLUMNS_MIN = 96;

/** More than this the eye does not cross from one column to the other. */
const COLUMN_CELLS_MAX = 72;

/** Between the columns: where a field differs, a sign that needs no colour. */
const SAME = " │ ";
const DIFFERS = " ≠ ";

/**
 * What was expected beside what was found, in lines of at most `width` cells; below the sentences the fields of both, one a row.
 *
 * @param failure Its texts have no control characters.
 */
export function twoColumns(
  { expected, found, fields = [] }: Pick<Failure, "expected" | "found" | "fields">,
  width: number,
  paint: Paint,
): readonly string[] {
  const label = fields.length === 0 ? 0 : Math.max(...fields.map(({ name }) => cells(name))) + 2;
  const most = Math.floor((width - label - SAME.length) / 2);
  const wanted = Math.max(
    ...[expected, ...found, ...fields.flatMap(({ expected: left, found: right }) => [left, right])].map(
      cells,
    ),
    "expected".length,
  );
  const column = Math.min(most, COLUMN_CELLS_MAX, wanted);
  const row = (
    name: string,
    left: readonly Styled[],
    right: readonly Styled[],
    differs = false,
  ): string[] => {
    const lefts = left.flatMap((text) => wrapped(text, column));
    const rights = right.flatMap((text) => wrapped(text, column));
    return Array.from({ length: Math.max(lefts.length, rights.length, 1) }, (_, index) => {
      const mark = differs && index === 0 ? paint("bold", DIFFERS) : paint("dim", SAME);
      const [wanted = "", leftStyle] = lefts[index] ?? [];
      const [came = "", rightStyle] = rights[index] ?? [];
      const title = paint("dim", padCells(index === 0 ? name : "", label));
      return title + styled(padCells(wanted, column), leftStyle) + mark + styled(came, rightStyle);
    });
  };
  const styled = (text: string, style: Styled[1]) => (style === undefined ? text : paint(style, text));
  const [first = "", ...more] = found;
  return [
    ...row("", [["expected", "dim"]], [["found", "dim"]]),
    ...row("", [[expected, "green"]], [[first, "red"], ...more.map((line): Styled => [line, undefined])]),
    ...(fields.length === 0 ? [] : row("", [], [])),
    ...fields.flatMap(({ name, expected: left, found: right, differs }) =>
      row(name, [[left, differs ? "green" : undefined]], [[right, differs ? "red" : undefined]], differs),
    ),
  ].map((line) => line.trimEnd());
}

type Styled = readonly [text: string, style: Parameters<Paint>[0] | undefined];

function wrapped([text, style]: Styled, width: number): readonly Styled[] {
  return wrapCells(text, width).map((line): Styled => [line, style]);
}
