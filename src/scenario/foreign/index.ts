/** What the command line needs of programs of somebody else's. */

export { closed } from "../language/driver/closed.ts";
export { GENERIC_DRIVER, loadDriverFile } from "../language/driver/load.ts";
export { interview } from "./interview.ts";
export { ProgramError } from "./program.ts";
export { driverText } from "./write-driver.ts";
