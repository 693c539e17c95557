/** Where datagrams come from and go to: an IP address (never a host name) and a UDP port. */
export interface Address {
  /** IPv4 in dotted decimal or IPv6 in RFC 5952 form, without brackets. */
  readonly host: string;
  /** 1–65535; 0 only where a free port is asked for. */
  readonly port: number;
}

/** The address as `127.0.0.1:10000` or `[::1]:10000`; equal addresses give equal text, so it serves as a key. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Reads what {@link formatAddress} writes; the host may also be a name. `undefined` when it is neither. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/i.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host !== undefined && port <= 65535 ? { host, port } : undefined;
}

export function sameAddress(a: Address, b: Address): boolean {
  return a.port === b.port && a.host === b.host;
}
