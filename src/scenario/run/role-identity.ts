import { type Identity, identityFrom, keyedHash } from "../../net/keys.ts";

/**
 * Whose nicknames those of a participant are. The same for a name in every scenario, so that on a server that outlives them the
 * second alice is the first; another for every other name, so that nobody takes what is hers. It keeps no secret.
 */
export function roleIdentity(name: string): Identity {
  return identityFrom(keyedHash(new TextEncoder().encode("udpchat scenario"), name));
}
