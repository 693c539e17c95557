/** Files whose changes are waited for. */
import { type FSWatcher, statSync, watch } from "node:fs";
import path from "node:path";

/** Editors write a file in several steps; what comes within this time is one change. */
const TOGETHER_MS = 100;

export interface WatchedFiles extends Disposable {
  /** Resolves to the files that have changed since the last call, at least one; never when the signal aborts first. */
  changed(signal: AbortSignal): Promise<ReadonlySet<string>>;
  /** From now on these, by their absolute paths, and everything that comes into these folders or below. */
  follow(files: ReadonlySet<string>, folders: readonly string[]): void;
}

/**
 * Watches the folders of files rather than the files: an editor that saves by renaming puts another file under the
 * name, and the watch would stay with the old one.
 */
export function watchFiles(): WatchedFiles {
  const watchers = new Map<string, FSWatcher>();
  let followed: ReadonlySet<string> = new Set();
  let within: readonly string[] = [];
  let seen = new Set<string>();
  let tell: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;

  const note = (folder: string, name: string | null) => {
    if (name === null) return;
    const file = path.join(folder, name);
    const isNew = within.some((one) => file.startsWith(one + path.sep)) && !isHidden(name);
    if (!followed.has(file) && !isNew) return;
    seen.add(file);
    clearTimeout(timer);
    timer = setTimeout(() => tell?.(), TOGETHER_MS);
  };
  const begin = (folder: string, recursive: boolean) => {
    if (watchers.has(folder) || statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return;
    const watcher = watch(folder, { recursive }, (_event, name) => note(folder, name));
    // A folder that is removed while it is watched.
    watcher.on("error", () => end(folder));
    watchers.set(folder, watcher);
  };
  const end = (folder: string) => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
  };

  return {
    follow(files, folders) {
      followed = files;
      within = folders;
      const wanted = new Set([...folders, ...[...files].map((file) => path.dirname(file))]);
      for (const folder of [...watchers.keys()]) if (!wanted.has(folder)) end(folder);
      for (const folder of wanted) begin(folder, folders.includes(folder));
    },
    changed: (signal) =>
      new Promise((resolve) => {
        tell = () => {
          if (seen.size === 0) return;
          tell = undefined;
          const files = seen;
          seen = new Set();
          resolve(files);
        };
        signal.addEventListener("abort", () => (tell = undefined), { once: true });
        // What came while nobody waited.
        if (seen.size > 0) tell();
      }),
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const folder of [...watchers.keys()]) end(folder);
    },
  };
}

function isHidden(name: string): boolean {
  return name.split(path.sep).some((part) => part.startsWith(".") || part === "node_modules");
}
