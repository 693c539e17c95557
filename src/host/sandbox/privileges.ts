/** Whom a process becomes that the host gave no user id of its own. */
const UID_NOBODY = 65_534;

/** Root is left behind for good before any of the bot's code is here. */
export function dropPrivileges(): void {
  if (process.getuid?.() !== 0) return;
  const own = Number(process.argv[2] ?? UID_NOBODY);
  process.setgroups?.([]);
  try {
    become(own);
  } catch {
    // In a container whose user namespace does not map that range.
    become(UID_NOBODY);
  }
}

function become(id: number): void {
  process.setgid?.(id);
  process.setuid?.(id);
}
