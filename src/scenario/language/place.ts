/** Where something stands in a file, for messages; both count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
