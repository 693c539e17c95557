import { homedir, userInfo } from "node:os";
import { isAbsolute, join } from "node:path";

/** Where a user's files of a kind are (XDG Base Directory Specification), unless he says otherwise in the variable. */
const FOLDERS = {
  /** What a program must not lose. */
  data: { variable: "XDG_DATA_HOME", standard: [".local", "share"] },
  /** What it keeps of one start for the next. */
  state: { variable: "XDG_STATE_HOME", standard: [".local", "state"] },
} as const;

/**
 * The program's folder among a user's files of a kind. It need not be there.
 *
 * A variable that is empty or no absolute path counts for nothing, as the specification has it: files would lie wherever a
 * command happens to be started.
 */
export function userFolder(
  kind: keyof typeof FOLDERS,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const { variable, standard } = FOLDERS[kind];
  const named = env[variable] ?? "";
  if (isAbsolute(named)) return join(named, "udpchat");
  const home = homedir();
  return join(isAbsolute(home) ? home : userInfo().homedir, ...standard, "udpchat");
}
