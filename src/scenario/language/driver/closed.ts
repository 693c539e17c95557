import type { Driver, KnownProfile } from "./model.ts";

/** A profile in which what is still open is as the exercise has it. */
export function closed(driver: Driver): KnownProfile {
  const { registersAtStart, secondClient, vanishedReturns, ...rest } = driver.profile;
  return {
    ...rest,
    registersAtStart: registersAtStart === "detect" ? false : registersAtStart,
    secondClient: secondClient === "detect" ? "refused" : secondClient,
    vanishedReturns: vanishedReturns === "detect" ? true : vanishedReturns,
  };
}
