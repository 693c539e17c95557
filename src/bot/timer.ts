import type { Duration } from "./duration.ts";

/** A time has come. */
export interface Tick {
  /** When it was due, in milliseconds since 1970; later than that it is when the bot was not running. */
  readonly dueAt: number;
}

/** A durable timer that is due. */
export interface TimerCall<Data> extends Tick {
  readonly data: Data;
}

export interface CronOptions {
  /** Of the IANA database, such as `Europe/Paris`. Default UTC. */
  readonly timeZone?: string;
  /** Whether a time that passed while the bot was not running is made up for, once. Default: only within a minute. */
  readonly catchUp?: boolean;
  /** As for routes. Default 30 s. */
  readonly timeout?: Duration;
}

export interface DurableTimerHandle<Data> {
  /** Calls the handler when so much time has passed; it returns an id for `cancel`. */
  in(delay: Duration, ...data: DataArgument<Data>): Promise<string>;
  /** Calls the handler at a date: milliseconds since 1970, or a `Date`. One that has passed is due at once. */
  at(date: number | Date, ...data: DataArgument<Data>): Promise<string>;
  /** Whether it was still waiting. */
  cancel(id: string): Promise<boolean>;
  /** Those that wait, soonest first. */
  pending(): Promise<PendingTimer<Data>[]>;
}

export interface PendingTimer<Data> {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly dueAt: number;
  readonly data: Data;
}

type DataArgument<Data> = null extends Data ? [data?: Data] : [data: Data];
