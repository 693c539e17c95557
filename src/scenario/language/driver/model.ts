/** How to start a program of somebody else's, what to type into it, and what its lines mean. `load.ts` makes it from YAML. */
export interface Driver {
  readonly name: string;
  /** Absolute path of the file. */
  readonly file: string;
  /** With what both modes begin; `undefined`: the caller has to say. */
  readonly command: readonly string[] | undefined;
  /** Absolute; `undefined`: the folder of whoever gives the command. */
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** A pseudo-terminal, or pipes. */
  readonly terminal: boolean;
  readonly server: DriverMode & {
    /** A line that says it is ready; `undefined`: it is when its port is taken. */
    readonly ready: RegExp | undefined;
  };
  readonly client: DriverMode & {
    /** How long nothing is typed after its start. */
    readonly startupMs: number;
  };
  readonly prompt: string;
  readonly match: "loose" | "exact";
  readonly type: Readonly<Record<TypedVerb, string | undefined>>;
  /** Regular expressions by what they show, not compiled: `${nick}` and `${time}` stand in them. */
  readonly shows: Readonly<Record<Showing, readonly string[]>>;
  readonly profile: Profile;
}

interface DriverMode {
  /** Instead of the command for both. */
  readonly command: readonly string[] | undefined;
  readonly arguments: readonly string[];
}

export const typedVerbs = ["register", "deregister", "send", "leave"] as const;
export type TypedVerb = (typeof typedVerbs)[number];

/** What a line on a screen can mean. In this order a line is looked at: the first that fits is meant. */
export const showings = [
  "savedMessage",
  "message",
  "refused",
  "registered",
  "mail",
  "table",
  "unacknowledged",
  "saved",
  "delivered",
  "exists",
  "deregistered",
  "silent",
  "exiting",
] as const;
export type Showing = (typeof showings)[number];

/**
 * What an implementation does where the exercise leaves it open. `detect`: it is found out by trying, before anything
 * is judged.
 */
export interface Profile {
  /** Whether a client registers by itself when it starts. */
  readonly registersAtStart: boolean | "detect";
  /** What becomes of a second client with a nickname that is online. */
  readonly secondClient: "refused" | "takesOver" | "ignored" | "detect";
  /** Whether a client that crashed gets its nickname back when it starts again. */
  readonly vanishedReturns: boolean | "detect";
  /** Whether a client ends when the server is silent, as the exercise wants. */
  readonly exitsWhenSilent: boolean;
  /** What it reads and writes on its terminal. */
  readonly encoding: "utf-8" | "latin1" | "ascii";
}

export const profileKeys = [
  "registersAtStart",
  "secondClient",
  "vanishedReturns",
  "exitsWhenSilent",
  "encoding",
] as const satisfies readonly (keyof Profile)[];

/** A profile after all was found out. */
export type KnownProfile = { readonly [Key in keyof Profile]: Exclude<Profile[Key], "detect"> };

/** Names that stand in commands and typed lines as `${name}`. */
export const commandVariables = ["nick", "host", "serverPort", "port"] as const;
export const lineVariables = ["nick", "to", "text"] as const;
export const patternVariables = ["nick", "time"] as const;
