import type { Address } from "../protocol/address.ts";

/** A message from an address that the table does not know yet. */
export interface StrangersMessage {
  readonly from: Address;
  readonly text: string;
  readonly dateMs: number;
}

/** Messages from addresses that the table does not know: whoever wrote may have registered a moment ago. */
export class Strangers {
  #waiting: (StrangersMessage & { readonly deadlineMs: number })[] = [];

  /** False when too many wait already. */
  add(message: StrangersMessage, nowMs: number): boolean {
    if (this.#waiting.length >= STRANGERS_MAX) return false;
    this.#waiting.push({ ...message, deadlineMs: nowMs + STRANGER_WAIT_MS });
    return true;
  }

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Takes out those whose address is known by now, oldest first. */
  takeKnown(nickAt: (address: Address) => string | undefined): (StrangersMessage & { sender: string })[] {
    const known: (StrangersMessage & { sender: string })[] = [];
    this.#waiting = this.#waiting.filter((message) => {
      const sender = nickAt(message.from);
      if (sender !== undefined) known.push({ ...message, sender });
      return sender === undefined;
    });
    return known;
  }

  /** Takes out those who have waited long enough. */
  takeOverdue(nowMs: number): readonly StrangersMessage[] {
    const overdue = this.#waiting.filter(({ deadlineMs }) => deadlineMs <= nowMs);
    this.#waiting.splice(0, overdue.length);
    return overdue;
  }

  pollTimeout(): number | undefined {
    return this.#waiting[0]?.deadlineMs;
  }

  clear(): void {
    this.#waiting = [];
  }
}

const STRANGERS_MAX = 16;

/** Longer than the table takes, shorter than a v1 sender waits for the acknowledgement. */
const STRANGER_WAIT_MS = 1_500;
