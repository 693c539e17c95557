import type { BotJournal } from "../../src/store/journal.ts";
import { SqliteJournal } from "../../src/store/sqlite-journal.ts";
import { StoreError } from "../../src/store/store-error.ts";

/** A journal in memory that takes no messages while it is full. */
export function fullJournal(nick: string): { readonly journal: BotJournal; full: boolean } {
  const listeners = new Set<() => void>();
  let isFull = false;
  const inner = new SqliteJournal(undefined).bot(nick);
  const journal = new Proxy(inner, {
    get(_, name: keyof BotJournal) {
      if (name === "append" && isFull) {
        return () => {
          throw new StoreError("DISK_FULL", "the disk is full");
        };
      }
      if (name === "onWritable") {
        return (listener: () => void) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        };
      }
      const value = inner[name];
      return typeof value === "function" ? value.bind(inner) : value;
    },
  });
  return {
    journal,
    get full() {
      return isFull;
    },
    set full(full) {
      isFull = full;
      if (!full) for (const listener of listeners) listener();
    },
  };
}
