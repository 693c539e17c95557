/** Where a command finds its host, and how it prints. */
export interface HostFlags {
  readonly data: string;
  readonly json?: boolean;
}
