import type { Endpoint, Timer, World } from "../../net/network.ts";

/**
 * A world that can end for those who live in it. After `die` their timers do not fire, their endpoints neither receive
 * nor send, and nothing they do is seen by anybody: so a program in this process is killed like one in another.
 */
export function mortal(world: World): { readonly world: World; readonly die: () => void } {
  let dead = false;
  const timers = new Set<Timer>();

  const lived: World = {
    random: world.random,
    clock: {
      nowMs: () => world.clock.nowMs(),
      dateMs: () => world.clock.dateMs(),
      utcOffsetMs: () => world.clock.utcOffsetMs(),
      hold: () => world.clock.hold(),
      schedule(delayMs, call) {
        if (dead) return { cancel: () => {} };
        const timer = world.clock.schedule(delayMs, () => {
          timers.delete(timer);
          call();
        });
        timers.add(timer);
        return {
          cancel() {
            timers.delete(timer);
            timer.cancel();
          },
        };
      },
    },
    network: {
      lookup: (host) => world.network.lookup(host),
      async bind(options) {
        const endpoint = await world.network.bind({
          ...options,
          onDatagrams: (datagrams) => {
            if (!dead) options.onDatagrams(datagrams);
          },
          onError: (error) => {
            if (!dead) options.onError?.(error);
          },
        });
        return silenced(endpoint, () => dead);
      },
    },
  };

  return {
    world: lived,
    die() {
      dead = true;
      for (const timer of timers) timer.cancel();
      timers.clear();
    },
  };
}

function silenced(endpoint: Endpoint, dead: () => boolean): Endpoint {
  const close = () => endpoint.close();
  return {
    address: endpoint.address,
    send: (to, bytes) => {
      if (!dead()) endpoint.send(to, bytes);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
