import { VMScript } from "vm2";

/**
 * What vm2 makes of a script before it runs it: it looks for what must not be and puts its guards in. Handed back to it
 * (sandbox/runner.ts), it does not read again. `undefined` where it would refuse the script: that is for the vm2 to say that is to
 * run it. Of a vm2 that does this in another way, too; it then reads by itself.
 */
export function readByVm2(code: string): string | undefined {
  try {
    return (new VMScript(code).compile() as { _compiledCode?: string })._compiledCode;
  } catch {
    return undefined;
  }
}
