import { TABLE_STRETCH_DATAGRAMS_MAX } from "../../protocol/limits.ts";
import {
  encodeRecord,
  encodeStamped,
  encodeStampedRecord,
  type ServerPacket,
  STAMPED_RECORDS_BYTES_GOAL,
  type TableRow,
} from "../../protocol/v2/index.ts";
import type { Client, Registry } from "../registry.ts";
import { type Changes, TableVersions } from "./table-versions.ts";

/**
 * Brings the table to v2 clients. What changed within a moment is pushed to each of them in one datagram, whatever their
 * number, and pushed again a few times when they do not say that they have it. What does not fit one datagram, the whole
 * table among it, they ask for (`sync`) and get in stretches, at their own pace: so a join costs each client one small
 * record, and nobody can be flooded.
 *
 * The caller says what changed (`touch`, `remove`), what came (`handleAck`, `handleSync`), asks `pollTimeout` when
 * to come, and sends what `poll` gives.
 */
export class V2TableFeed {
  readonly versions: TableVersions;
  readonly #registry: Registry;
  /** When to push what has changed; `undefined` when nothing has. */
  #pushMs: number | undefined;
  #earliestPushMs = Number.NEGATIVE_INFINITY;
  #pushedVersion: number;
  /** Who is to get the newest version, longest waiting first. */
  readonly #behind = new Set<Client>();
  readonly #pushed: readonly Pushed[][] = RETRY_MS.map(() => []);
  readonly #syncs = new Map<Client, { readonly haveVersion: number; readonly cursor: number }>();
  #nextTickMs = Number.NEGATIVE_INFINITY;

  constructor(registry: Registry, firstVersion: number) {
    this.#registry = registry;
    this.versions = new TableVersions(firstVersion, registry.all());
    this.#pushedVersion = firstVersion;
    for (const { native } of registry.all()) {
      // What they had before the server started is found out when they answer a ping.
      if (native !== undefined) native.pushedVersion = native.ackedVersion = firstVersion;
    }
  }

  /** Something that everybody is shown of this client may have changed. */
  touch(client: Client, nowMs: number): void {
    this.versions.touch(client);
    this.#pushMs ??= Math.max(nowMs, this.#earliestPushMs);
  }

  /** The nickname was forgotten. */
  remove(nick: string, nowMs: number): void {
    this.versions.remove(nick);
    this.#pushMs ??= Math.max(nowMs, this.#earliestPushMs);
  }

  forget(client: Client): void {
    this.#behind.delete(client);
    this.#syncs.delete(client);
  }

  /** The client has all changes up to that version. */
  handleAck(client: Client, version: number): void {
    const { native } = client;
    if (native === undefined || version > native.pushedVersion) return;
    native.ackedVersion = Math.max(native.ackedVersion, version);
  }

  /** The client asks for what it is missing; of several such requests the newest counts. */
  handleSync(client: Client, haveVersion: number, cursor: number): void {
    this.#syncs.set(client, { haveVersion, cursor });
  }

  /** True while something is on its way to those who have not said that they have it. */
  get busy(): boolean {
    return (
      this.#pushMs !== undefined ||
      this.#behind.size > 0 ||
      this.#syncs.size > 0 ||
      this.#pushed.some((level) => level.some(isAwaited))
    );
  }

  /** Changes that are due to somebody, or not acknowledged yet. */
  get size(): number {
    const pushed = this.#pushed.reduce((sum, level) => sum + level.length, 0);
    return this.#behind.size + this.#syncs.size + pushed;
  }

  pollTimeout(): number | undefined {
    let earliestMs = this.#pushMs ?? Number.POSITIVE_INFINITY;
    if (this.#behind.size > 0) earliestMs = Math.min(earliestMs, this.#nextTickMs);
    else if (this.#syncs.size > 0) earliestMs = Math.min(earliestMs, this.#nextSyncMs());
    for (const level of this.#pushed) {
      while (level[0] !== undefined && !isAwaited(level[0])) level.shift();
      earliestMs = Math.min(earliestMs, level[0]?.dueMs ?? Number.POSITIVE_INFINITY);
    }
    return earliestMs === Number.POSITIVE_INFINITY ? undefined : earliestMs;
  }

  /** What to send now. */
  poll(nowMs: number): readonly { readonly client: Client; readonly datagrams: readonly Uint8Array[] }[] {
    if (this.#pushMs !== undefined && nowMs >= this.#pushMs) this.#pushToAll(nowMs);
    this.#repeat(nowMs);
    if (nowMs < this.#nextTickMs || (this.#behind.size === 0 && this.#syncs.size === 0)) return [];

    const sent: { client: Client; datagrams: readonly Uint8Array[] }[] = [];
    let left = TICK_DATAGRAMS_MAX;
    for (const [client, { haveVersion, cursor }] of this.#syncs) {
      if (left <= 0) break;
      const { native } = client;
      if (native !== undefined && nowMs < native.nextSyncMs) continue;
      this.#syncs.delete(client);
      if (native === undefined) continue;
      // Who asks gets the table as it is now, also when a change is to be pushed a moment later only.
      this.versions.publish();
      const datagrams = this.#answer(native.stamp, haveVersion, cursor);
      native.nextSyncMs = nowMs + datagrams.length * SYNC_DATAGRAM_MS;
      left -= datagrams.length;
      sent.push({ client, datagrams });
    }
    const deltas = new Map<number, Uint8Array>();
    for (const client of this.#behind) {
      if (left <= 0) break;
      this.#behind.delete(client);
      const record = this.#push(client, deltas, nowMs);
      if (record === undefined || client.native === undefined) continue;
      left -= 1;
      // All get the same; only the stamp is each one's own.
      sent.push({ client, datagrams: [encodeStampedRecord(client.native.stamp, record)] });
    }
    // What is left over waits for a moment in which the server does other things.
    this.#nextTickMs = left <= 0 ? nowMs + TICK_MS : nowMs;
    return sent;
  }

  /** When the first of those who ask can be answered. */
  #nextSyncMs(): number {
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const { native } of this.#syncs.keys()) {
      earliestMs = Math.min(earliestMs, native?.nextSyncMs ?? Number.NEGATIVE_INFINITY);
      if (earliestMs <= this.#nextTickMs) break;
    }
    return Math.max(earliestMs, this.#nextTickMs);
  }

  #pushToAll(nowMs: number): void {
    this.#pushMs = undefined;
    this.versions.publish();
    if (this.versions.version === this.#pushedVersion) return;
    this.#pushedVersion = this.versions.version;
    const readers = this.#registry.onlineIn(2);
    this.#earliestPushMs = nowMs + Math.max(TOGETHER_MS, readers.size * READER_MS);
    for (const client of readers) this.#behind.add(client);
  }

  /** Pushes again to those who have not answered in time. */
  #repeat(nowMs: number): void {
    for (const level of this.#pushed) {
      for (let first = level[0]; first !== undefined && first.dueMs <= nowMs; first = level[0]) {
        level.shift();
        if (isAwaited(first)) this.#behind.add(first.client);
      }
    }
  }

  #push(client: Client, deltas: Map<number, Uint8Array>, nowMs: number): Uint8Array | undefined {
    const { native } = client;
    const { version } = this.versions;
    if (native === undefined || client.presence !== "online" || native.ackedVersion >= version)
      return undefined;
    const isRepeat = native.pushedVersion === version;
    const previous = isRepeat ? native.pushes : 0;
    native.pushes = previous + 1;
    native.pushedVersion = version;
    this.#pushed[previous]?.push({ client, version, dueMs: nowMs + this.#retryMs(previous) });
    const record = deltas.get(native.ackedVersion) ?? this.#delta(native.ackedVersion);
    deltas.set(native.ackedVersion, record);
    return record;
  }

  /** Not before all have been pushed to and have answered: a server that cannot keep up would only have more to do. */
  #retryMs(level: number): number {
    return Math.max(RETRY_MS[level] ?? 0, this.#registry.onlineIn(2).size * READER_MS);
  }

  /** The newest changes after a version that fit one datagram, as a record. */
  #delta(haveVersion: number): Uint8Array {
    const { complete, changes } = this.versions.changesSince(haveVersion, PUSHED_VERSIONS_MAX);
    const included: Changes[] = [];
    let sizeBytes = 0;
    for (const change of changes.toReversed()) {
      sizeBytes += encodeRecord({ kind: "delta", from: 0, to: change.version, rows: change.rows }).length;
      if (included.length > 0 && sizeBytes > STAMPED_RECORDS_BYTES_GOAL) break;
      included.unshift(change);
    }
    const [oldest] = included;
    const isAll = complete && included.length === changes.length;
    const from = isAll ? haveVersion : (oldest?.version ?? this.versions.version + 1) - 1;
    const rows = included.flatMap((change) => change.rows);
    return encodeRecord({ kind: "delta", from, to: this.versions.version, rows });
  }

  #answer(stamp: string, haveVersion: number, cursor: number): readonly Uint8Array[] {
    const { complete, changes } = this.versions.changesSince(haveVersion, CHANGES_MAX);
    if (!complete || cursor > 0) {
      return this.#stretch(cursor).map((record) => encodeStampedRecord(stamp, record));
    }
    if (changes.length === 0) {
      const { version } = this.versions;
      return encodeStamped(stamp, [{ kind: "delta", from: version, to: version, rows: [] }]);
    }
    let from = haveVersion;
    const packets: ServerPacket[] = changes.map(({ version: to, rows }) => {
      const packet: ServerPacket = { kind: "delta", from, to, rows };
      from = to;
      return packet;
    });
    return encodeStamped(stamp, packets).slice(0, TABLE_STRETCH_DATAGRAMS_MAX);
  }

  /** The whole table from a cursor on, as much as goes out at once: a record for each datagram. */
  #stretch(cursor: number): readonly Uint8Array[] {
    const { version } = this.versions;
    const records: Uint8Array[] = [];
    let from = cursor;
    let rows: TableRow[] = [];
    let sizeBytes = 0;
    const end = (nextCursor: number) => {
      records.push(encodeRecord({ kind: "table", version, cursor: from, nextCursor, rows }));
      from = nextCursor;
      rows = [];
      sizeBytes = 0;
    };
    for (const { nick, slot } of this.#registry.from(cursor)) {
      const row = this.versions.row(nick);
      if (row === undefined) continue;
      const rowBytes = encodeRecord({ kind: "row", row }).length;
      if (rows.length > 0 && sizeBytes + rowBytes > TABLE_ROWS_BYTES_MAX) {
        end(slot);
        if (records.length === TABLE_STRETCH_DATAGRAMS_MAX) return records;
      }
      rows.push(row);
      sizeBytes += rowBytes;
    }
    end(0);
    return records;
  }
}

/** A change that was pushed to somebody, and when to look whether he has it. */
interface Pushed {
  readonly client: Client;
  readonly version: number;
  readonly dueMs: number;
}

function isAwaited({ client: { native, presence }, version }: Pushed): boolean {
  return (
    presence === "online" &&
    native !== undefined &&
    native.pushedVersion === version &&
    native.ackedVersion < version
  );
}

/** What changes within so long after a push travels with the next. */
const TOGETHER_MS = 50;

/** A change costs about 25 µs for each client, its answer included: so all together take a third of the time at the most. */
const READER_MS = 0.08;

/** After so long without an answer a change is pushed again; then it is left to heartbeats. */
const RETRY_MS = [300, 600, 1_200, 2_400] as const;

/** A tick's worth takes half of the time until the next. */
const TICK_DATAGRAMS_MAX = 512;
const TICK_MS = 10;

/**
 * For each datagram of an answer a client's next `sync` waits so long: ten times what it costs, so that nobody who asks without
 * an end takes more than a tenth of the time.
 */
const SYNC_DATAGRAM_MS = 0.5;

/** Of the versions that came since, at most so many are looked at for a push; one of the usual size is half a datagram. */
const PUSHED_VERSIONS_MAX = 8;

/** Versions that are sent one by one to who asks; of more, the whole table. */
const CHANGES_MAX = 32;

/** With the head of the record they fit a datagram. */
const TABLE_ROWS_BYTES_MAX = STAMPED_RECORDS_BYTES_GOAL - 60;
