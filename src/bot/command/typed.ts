/**
 * What a command's handler is given, worked out by the compiler from the command's syntax:
 * `"ticket <title...> [--prio <level>]"` gives `{ title: string; prio: string | undefined }`.
 *
 * A syntax that is not a literal gives a record of whatever there may be.
 */
export type CommandArguments<Syntax extends string> = string extends Syntax
  ? Readonly<Record<string, string | boolean | undefined>>
  : Flatten<Items<Syntax>>;

type Items<S extends string> = S extends ` ${infer Rest}`
  ? Items<Rest>
  : S extends `[--${infer Body}]${infer Rest}`
    ? Option<Body> & Items<Rest>
    : S extends `[${infer Name}]${infer Rest}`
      ? { readonly [K in Camel<Plain<Name>>]: string | undefined } & Items<Rest>
      : S extends `<${infer Name}>${infer Rest}`
        ? { readonly [K in Camel<Plain<Name>>]: string } & Items<Rest>
        : S extends `--${infer Body}`
          ? BareOption<Body>
          : S extends `${string} ${infer Rest}`
            ? Items<Rest>
            : unknown;

type Option<Body extends string> = Body extends `${infer Name} ${string}`
  ? { readonly [K in Camel<Name>]: string | undefined }
  : { readonly [K in Camel<Body>]: boolean };

/** An option without brackets ends at a blank, or after the `<value>` that follows it. */
type BareOption<Body extends string> = Body extends `${infer Name} ${infer Rest}`
  ? Rest extends `<${infer Value}>${infer After}`
    ? Option<`${Name} ${Value}`> & Items<After>
    : Option<Name> & Items<Rest>
  : Option<Body>;

type Plain<Name extends string> = Name extends `${infer Stem}...` ? Stem : Name;

type Camel<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

type Flatten<T> = { [K in keyof T]: T[K] };
