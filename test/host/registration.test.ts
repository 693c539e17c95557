import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClientError } from "../../src/client/api.ts";
import { registerPatiently } from "../../src/host/registration.ts";
import { NetworkError } from "../../src/net/network.ts";

const unknown = new NetworkError("UNKNOWN_HOST", "nobody knows the name");
const silent = new ClientError("SERVER_NOT_RESPONDING", "it is silent");
const taken = new ClientError("NICK_IN_USE", "somebody has it");

describe("a patient registration", () => {
  it("waits for a name to be known, a server to answer and a nickname to be free, and tells each reason once", async () => {
    const { waits, told, register } = start(
      [unknown, unknown, undefined],
      [silent, silent, taken, undefined],
    );

    const client = await register({ standby: true, patient: true });

    assert.ok(client);
    assert.deepEqual(told, [unknown.message, silent.message, taken.message]);
    assert.deepEqual(waits, [5_000, 5_000, 5_000, 5_000, 2_000]);
  });

  for (const [name, opened, registered, policy] of [
    ["a name that nobody knows", unknown, undefined, { standby: true, patient: false }],
    ["a server that is silent", undefined, silent, { standby: true, patient: false }],
    ["a nickname of somebody else's", undefined, taken, { standby: false, patient: true }],
    [
      "a port that is taken",
      new NetworkError("ADDRESS_IN_USE", "x"),
      undefined,
      { standby: true, patient: true },
    ],
    ["a defect", new TypeError("x"), undefined, { standby: true, patient: true }],
  ] as const) {
    it(`does not wait for ${name} where it should not`, async () => {
      const { waits, register } = start([opened], [registered]);

      await assert.rejects(register(policy), opened ?? registered ?? Error);

      assert.deepEqual(waits, []);
    });
  }

  it("ends when it is told to, also while nobody knows the name", async () => {
    const aborting = new AbortController();
    const { register } = start([unknown, unknown], [], () => aborting.abort(new Error("enough")));

    await assert.rejects(register({ standby: true, patient: true }, aborting.signal), { message: "enough" });
  });
});

/** @param opened what opening comes to, one after the other: an error, or a client. @param registered the same of registering */
function start(
  opened: readonly (Error | undefined)[],
  registered: readonly (Error | undefined)[],
  onWait: () => void = () => {},
) {
  const waits: number[] = [];
  const told: string[] = [];
  const [openings, registrations] = [opened.values(), registered.values()];
  const client = {
    async register() {
      const { value: error } = registrations.next();
      if (error !== undefined) throw error;
      return { kind: "registered", unread: 0 } as never;
    },
  };
  const open = async () => {
    const { value: error } = openings.next();
    if (error !== undefined) throw error;
    return client;
  };
  const clock = {
    schedule(delayMs: number, call: () => void) {
      waits.push(delayMs);
      queueMicrotask(call);
      return { cancel: () => {} };
    },
  };
  return {
    waits,
    told,
    register: (policy: { standby: boolean; patient: boolean }, signal = new AbortController().signal) =>
      registerPatiently(
        open,
        clock,
        policy,
        (reason) => {
          told.push(reason);
          onWait();
        },
        signal,
      ),
  };
}
