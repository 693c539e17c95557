/** What the command line needs of programs of somebody else's. */
export { closed } from "../language/driver/closed.ts";
export { GENERIC_DRIVER, loadDriverByName, loadDriverFile } from "../language/driver/load.ts";
export type { Implementation } from "../language/program-spec.ts";
export { canRegister, detectProfile } from "./detect.ts";
export { commandOf, implementationFrom, wholeCommand } from "./implementation.ts";
export { interview } from "./interview.ts";
export { ProgramError } from "./program.ts";
export { ownImplementation } from "./under-test.ts";
export { driverText } from "./write-driver.ts";
