/**
 * User ids for bots where the host is root: one for each process that lives, so that no bot may signal another, from the
 * range that systemd's `DynamicUser=` keeps for users that exist for one service alone (systemd.exec(5)).
 */
const UID_FIRST = 61_184;
const UID_LAST = 65_519;
const UID_COUNT = UID_LAST - UID_FIRST + 1;

const taken = new Set<number>();
// Two hosts on one machine begin at different places.
let next = (process.pid * 64) % UID_COUNT;

/** `undefined` where the host is not root, and bots run as its own user. */
export function takeUid(): number | undefined {
  if (process.getuid?.() !== 0 || taken.size >= UID_COUNT) return undefined;
  while (taken.has(next)) next = (next + 1) % UID_COUNT;
  const offset = next;
  taken.add(offset);
  next = (next + 1) % UID_COUNT;
  return UID_FIRST + offset;
}

export function giveBackUid(uid: number | undefined): void {
  if (uid !== undefined) taken.delete(uid - UID_FIRST);
}
