/**
 * Whoever is killed with SIGKILL cleans nothing up. So what must not outlive this process is entrusted to another one: a small
 * shell that reads from a pipe whose other end only this process holds. When this process ends, whatever ended it, the
 * pipe ends, and the shell ends and removes what is still entrusted to it.
 *
 * It is started when first needed, in a session of its own, where neither Ctrl+C nor the closing of the terminal reaches it.
 */
import { type ChildProcess, spawn } from "node:child_process";

/** Takes back what was entrusted: it has ended, or is gone, by itself. Calling it again does nothing. */
export type TakeBack = () => void;

/** A process that is to end with this one. */
export function entrustProcess(pid: number): TakeBack {
  return entrust(`process ${pid}`);
}

/** A process group that is to end with this process: a program and what it started. */
export function entrustGroup(pid: number): TakeBack {
  return entrust(`group ${pid}`);
}

/** A folder that is to go with this process, and all that is in it. @throws {TypeError} when its path is not absolute. */
export function entrustFolder(path: string): TakeBack {
  if (!/^\/[^\n]+$/.test(path)) throw new TypeError(`no absolute path: ${path}`);
  return entrust(`folder ${path}`);
}

let guardian: ChildProcess | undefined;

function entrust(what: string): TakeBack {
  guardian ??= startGuardian();
  guardian.stdin?.write(`+${what}\n`);
  let entrusted = true;
  return () => {
    if (entrusted) guardian?.stdin?.write(`-${what}\n`);
    entrusted = false;
  };
}

/** POSIX sh, 2.9.1: `read` takes no more than it needs, so nothing is lost between the lines. */
const SCRIPT = `
trap '' HUP INT QUIT TERM
newline='
'
kept=
while IFS= read -r line; do
  what=\${line#?}
  case $line in
    +*) kept=$kept$what$newline ;;
    -*)
      rest=
      while IFS= read -r one; do
        case $one in '' | "$what") ;; *) rest=$rest$one$newline ;; esac
      done <<END
$kept
END
      kept=$rest ;;
  esac
done
while IFS= read -r one; do
  case $one in
    process\\ *) kill -9 "\${one#process }" ;;
    group\\ *) kill -9 "-\${one#group }" ;;
    folder\\ *) rm -rf -- "\${one#folder }" ;;
  esac
done <<END
$kept
END
`;

function startGuardian(): ChildProcess {
  const child = spawn("/bin/sh", ["-c", SCRIPT], {
    detached: true,
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin" },
    stdio: ["pipe", "ignore", "ignore"],
  });
  // Without it the worst ends leave something behind; all other ends do not need it.
  child.on("error", () => {});
  child.stdin.on("error", () => {});
  child.unref();
  if ("unref" in child.stdin && typeof child.stdin.unref === "function") child.stdin.unref();
  return child;
}
