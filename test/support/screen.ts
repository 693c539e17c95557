/**
 * What a terminal of so many columns shows after what was written to it: as much of ECMA-48 as a prompt needs.
 * Whatever else comes is an error, so that nothing a terminal would obey is overlooked.
 */
export class Screen {
  readonly #columns: number;
  /** A cell a column; the second cell of a wide character is empty. */
  readonly #rows: string[][] = [[]];
  #row = 0;
  #column = 0;
  #unread = "";

  constructor(columns: number) {
    this.#columns = columns;
  }

  /** The rows from the top of all that was shown, without the blanks at their ends. */
  get lines(): string[] {
    return this.#rows.map((row) =>
      Array.from(row, (cell) => cell ?? " ")
        .join("")
        .trimEnd(),
    );
  }

  /** The row where the cursor stands, and what is left of the cursor. */
  get cursor(): { readonly row: number; readonly before: string } {
    const before = Array.from(this.#rows[this.#row] ?? [], (cell) => cell ?? " ").slice(0, this.#column);
    return { row: this.#row, before: before.join("") };
  }

  write(text: string): void {
    this.#unread += text;
    for (;;) {
      const [token] = TOKEN.exec(this.#unread) ?? [];
      if (token === undefined) break;
      this.#unread = this.#unread.slice(token.length);
      this.#obey(token);
    }
    if (this.#unread !== "" && !UNFINISHED.test(this.#unread)) {
      throw new Error(`a terminal would obey ${JSON.stringify(this.#unread)}`);
    }
  }

  #obey(token: string): void {
    if (token === "\r") {
      this.#column = 0;
    } else if (token === "\n") {
      this.#lineFeed();
    } else if (token.startsWith(ESCAPE)) {
      this.#control(token.slice(2, -1), token.at(-1) ?? "");
    } else {
      this.#put(token);
    }
  }

  #control(parameters: string, final: string): void {
    const count = parameters === "" ? 1 : Number(parameters);
    switch (final) {
      case "A":
        this.#row = Math.max(0, this.#row - count);
        return;
      case "G":
        this.#column = Math.min(this.#columns, count) - 1;
        return;
      case "J":
        this.#rows[this.#row]?.splice(this.#column);
        this.#rows.splice(this.#row + 1);
        return;
      case "m":
        return;
      default:
        throw new Error(`a terminal would obey ${JSON.stringify(parameters + final)}`);
    }
  }

  #put(character: string): void {
    const width = WIDE.test(character) ? 2 : 1;
    // A full row wraps when the next character comes, not before.
    if (this.#column + width > this.#columns) {
      this.#column = 0;
      this.#lineFeed();
    }
    const row = this.#rows[this.#row] ?? [];
    while (row.length < this.#column) row.push(" ");
    row.splice(this.#column, width, character, ...(width === 2 ? [""] : []));
    this.#column += width;
  }

  #lineFeed(): void {
    this.#row += 1;
    while (this.#rows.length <= this.#row) this.#rows.push([]);
  }
}

const ESCAPE = "\u001b";
/** A control sequence, or one character that is printed or moves to another line. */
const TOKEN = new RegExp(`^(?:${ESCAPE}\\[[\\d;?]*[A-Za-z]|[\\r\\n]|\\P{Cc})`, "u");
const UNFINISHED = new RegExp(`^${ESCAPE}(?:\\[[\\d;?]*)?$`);
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;
