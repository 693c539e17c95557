import { systemWorld } from "../../src/net/system-world.ts";
import { formatAddress } from "../../src/protocol/address.ts";
import { startServer } from "../../src/server/start-server.ts";

export interface ServerHere extends AsyncDisposable {
  /** Its address, as it is written in commands. */
  readonly server: string;
}

/** A server in this process, for commands whose server is not what is tested. */
export async function serverHere(): Promise<ServerHere> {
  const running = await startServer({ world: systemWorld() });
  return {
    server: formatAddress(running.address),
    [Symbol.asyncDispose]: () => running.close(),
  };
}
