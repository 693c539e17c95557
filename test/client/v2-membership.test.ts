import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Membership } from "../../src/client/v2/membership.ts";
import { identityFrom } from "../../src/net/keys.ts";
import { RoundTripEstimate } from "../../src/protocol/round-trip.ts";

const COOKIE = "1-g-KKBLU35kQkU";

describe("how long an answer of the server's takes", () => {
  it("is learnt from a registration that was answered", () => {
    const { membership, roundTrip } = registering();

    membership.handleRefused("bad-nick", "That is no nickname.", 100);

    assert.equal(roundTrip.waitMs, 300);
  });

  it("is not learnt from one that was given up, by the user or with the session", () => {
    const givenUp = registering();
    givenUp.cancel();
    const left = registering();
    left.membership.takeOver(COOKIE, 0);
    left.membership.pollTransmit(0);
    left.cancel();
    left.membership.leave();

    assert.equal(givenUp.roundTrip.waitMs, 500);
    assert.equal(left.roundTrip.waitMs, 500);
  });
});

/** Transmitted at 0. */
function registering() {
  const roundTrip = new RoundTripEstimate();
  const identity = identityFrom(new Uint8Array(32));
  const nothing = () => {};
  const membership = new Membership(
    { nick: "alice", identity, epoch: 1, roundTrip, jitter: () => 0 },
    { joined: nothing, suspended: nothing, stranded: nothing, ousted: nothing, tell: nothing },
  );
  const cancel = membership.register(0, COOKIE);
  membership.pollTransmit(0);
  return { membership, roundTrip, cancel };
}
