/**
 * What a program wrote, as rows of a terminal would show it.
 *
 * A program may write anything in any portions: half a character, half a control sequence, a prompt that is never
 * ended, a line that it draws over. Feed what comes, in order; rows come out when they are ended by a line feed. What
 * stands in the row under way can be looked at any time.
 *
 * Only what stays within a row is obeyed: carriage return, backspace, tabulator, and of ECMA-48 the erasing and the moving of the cursor
 * to a column. Colours, titles and everything else vanish. Moving up is not followed: rows that have come out are history.
 */
export class Rows {
  #row: string[] = [];
  #column = 0;
  /** A control sequence that has begun. */
  #sequence = "";

  /** Takes what was written. Returns the rows that it ended. */
  feed(text: string): readonly string[] {
    const ended: string[] = [];
    for (const character of text) {
      if (this.#sequence !== "") this.#continue(character);
      else if (character === "\n") ended.push(this.#end());
      else this.#obey(character);
    }
    return ended;
  }

  /** The row that has no end yet. */
  get underWay(): string {
    return this.#row.join("");
  }

  #end(): string {
    const row = this.underWay;
    this.#row = [];
    this.#column = 0;
    return row;
  }

  #obey(character: string): void {
    if (character === ESCAPE || character === CSI) this.#sequence = character;
    else if (character === "\r") this.#column = 0;
    else if (character === "\b") this.#column = Math.max(0, this.#column - 1);
    else if (character === "\t") this.#put(" ");
    else if (!CONTROL.test(character)) this.#put(character);
  }

  #put(character: string): void {
    if (this.#column >= COLUMNS_MAX) return;
    while (this.#row.length < this.#column) this.#row.push(" ");
    this.#row[this.#column] = character;
    this.#column += 1;
  }

  #continue(character: string): void {
    if (character === "\n") {
      // No sequence holds one. Whoever writes half of one has at least begun a new row.
      this.#sequence = "";
      this.#row = [];
      this.#column = 0;
      return;
    }
    this.#sequence += character;
    const body = this.#sequence.startsWith(CSI) ? `${ESCAPE}[${this.#sequence.slice(1)}` : this.#sequence;
    if (UNFINISHED.test(body) && body.length <= SEQUENCE_CHARS_MAX) return;
    this.#sequence = "";
    const [, parameter = "", final = ""] = CONTROL_SEQUENCE.exec(body) ?? [];
    this.#move(Number(parameter.split(";", 1)[0]) || 0, final);
  }

  #move(parameter: number, final: string): void {
    const count = Math.max(1, parameter);
    switch (final) {
      case "G":
        this.#column = Math.min(count, COLUMNS_MAX) - 1;
        return;
      case "C":
        this.#column = Math.min(this.#column + count, COLUMNS_MAX);
        return;
      case "D":
        this.#column = Math.max(0, this.#column - count);
        return;
      case "P":
        this.#row.splice(this.#column, count);
        return;
      case "J":
      case "K":
        this.#erase(parameter);
    }
  }

  /** ECMA-48, 8.3.39 and 8.3.41: 0 from the cursor to the end, 1 from the start to the cursor, 2 all. */
  #erase(part: number): void {
    if (part === 0) this.#row.splice(this.#column);
    else if (part === 1) this.#row.fill(" ", 0, this.#column + 1);
    else this.#row = [];
  }
}

const ESCAPE = "\u001b";
const CSI = "\u009b";
const CONTROL = /\p{Cc}/u;

/** Of a row. Nobody reads more, and a program may write without end. */
const COLUMNS_MAX = 16_384;

/** No sequence that anybody uses is longer, apart from titles, which vanish in parts then. */
const SEQUENCE_CHARS_MAX = 1_024;

/** CSI with parameters; OSC, DCS and their like up to their terminator; ESC with intermediate bytes. */
const UNFINISHED = new RegExp(
  `^${ESCAPE}(?:$|\\[[0-?]*[ -/]*$|[\\]PX^_](?:(?!\\u0007|${ESCAPE}\\\\)[\\s\\S])*$|[ -/]+$)`,
);
const CONTROL_SEQUENCE = new RegExp(`^${ESCAPE}\\[([0-9;]*)([@-~])$`);
