/** The part of the Standard Schema interface (standardschema.dev, version 1) that is used here: any library's schema fits. */
export interface StandardSchema<Output = unknown, Input = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Result<Output> | Promise<Result<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type Result<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * @param what The value in words, such as `settings`; the complaint begins with it.
 * @throws {TypeError} that names everything that does not fit.
 */
export async function validate<Output>(
  schema: StandardSchema<Output>,
  value: unknown,
  what: string,
): Promise<Output> {
  return outputOf(await schema["~standard"].validate(value), value, what);
}

/** As {@link validate}, for a schema that does not need to wait. */
export function validateNow<Output>(schema: StandardSchema<Output>, value: unknown, what: string): Output {
  const result = schema["~standard"].validate(value);
  if ("then" in result) throw new TypeError(`the schema of ${what} is asynchronous`);
  return outputOf(result, value, what);
}

function outputOf<Output>(result: Result<Output>, value: unknown, what: string): Output {
  if (result.issues === undefined) return result.value;
  const complaints = result.issues.map(({ message, path = [] }) => {
    const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
    return `${[what, ...keys].join(".")}: ${message} (${inWords(valueAt(value, keys))})`;
  });
  throw new TypeError(complaints.join("; "));
}

function valueAt(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((holder, key) => (holder as Record<string, unknown> | undefined)?.[key], value);
}

/** Some libraries say no more than that the input is invalid. */
function inWords(value: unknown): string {
  const json = JSON.stringify(value);
  return json === undefined
    ? "it is not there"
    : `it is ${json.length > 60 ? `${json.slice(0, 60)}…` : json}`;
}
