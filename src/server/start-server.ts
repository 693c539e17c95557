import type { Timer } from "../net/network.ts";
import { MemoryStore } from "../store/memory-store.ts";
import type { RunningServer, ServerEvent, ServerOptions } from "./api.ts";
import { ChatServer } from "./chat-server.ts";
import { ServerCounters } from "./counters.ts";

/**
 * Runs a chat server on a port of a network.
 *
 * @throws {NetworkError} when the port cannot be opened, e.g. `ADDRESS_IN_USE`.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { clock, network } = options.world;
  const store = options.store ?? new MemoryStore();
  const server = new ChatServer({
    ...options,
    store,
    random: options.world.random,
    utcOffsetMs: () => clock.utcOffsetMs(),
  });
  const counters = new ServerCounters();
  let timer: Timer | undefined;
  let closed = false;

  const endpoint = await network.bind({
    host: options.host ?? "127.0.0.1",
    port: options.port ?? 0,
    onDatagrams(datagrams) {
      if (closed) return;
      const at = { nowMs: clock.nowMs(), dateMs: clock.dateMs() };
      for (const { from, bytes } of datagrams) {
        counters.countReceived(bytes);
        server.handleDatagram(from, bytes, at);
      }
      endTurn();
    },
    onError: (error) => report({ kind: "fault", error }),
  });

  function endTurn(): void {
    for (const { to, bytes } of server.endTurn(clock.nowMs())) {
      counters.countSent(bytes);
      endpoint.send(to, bytes);
    }
    for (const event of server.takeEvents()) report(event);
    timer?.cancel();
    const deadlineMs = server.pollTimeout();
    timer =
      deadlineMs === undefined ? undefined : clock.schedule(Math.max(0, deadlineMs - clock.nowMs()), wake);
  }

  function report(event: ServerEvent): void {
    counters.countEvent(event);
    options.onEvent?.(event);
  }

  function wake(): void {
    server.handleTimeout(clock.nowMs());
    endTurn();
  }

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    timer?.cancel();
    await endpoint.close();
    store.close();
  }

  endTurn();
  return {
    address: endpoint.address,
    counts: counters,
    get population() {
      return server.population;
    },
    get entries() {
      return server.entries;
    },
    get busy() {
      return server.busy && !closed;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
