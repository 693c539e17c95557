/** What the command line needs of programs of somebody else's. */

export { GENERIC_DRIVER, loadDriverFile } from "../language/driver/load.ts";
export { closed } from "./implementation.ts";
export { interview } from "./interview.ts";
export { ProgramError } from "./program.ts";
export { driverText } from "./write-driver.ts";
