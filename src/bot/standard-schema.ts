import { complaintsAbout, type SchemaIssue } from "./schema-complaint.ts";

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
  | { readonly issues: readonly SchemaIssue[] };

/** What a bot's owner sets is not what its schema takes. Not its script's fault. */
class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/** @throws {SettingsError} that names everything that does not fit. */
export async function validateSettings<Output>(
  schema: StandardSchema<Output>,
  settings: unknown,
): Promise<Output> {
  const result = await schema["~standard"].validate(settings);
  if (result.issues === undefined) return result.value;
  throw new SettingsError(complaint(schema, result.issues, settings, "settings"));
}

/**
 * For a schema that does not need to wait.
 *
 * @param what the value in words; the complaint begins with it
 * @throws {TypeError} that names everything that does not fit.
 */
export function validateNow<Output>(schema: StandardSchema<Output>, value: unknown, what: string): Output {
  const result = schema["~standard"].validate(value);
  if ("then" in result) throw new TypeError(`the schema of ${what} is asynchronous`);
  if (result.issues === undefined) return result.value;
  throw new TypeError(complaint(schema, result.issues, value, what));
}

function complaint(
  { "~standard": { vendor } }: StandardSchema,
  issues: readonly SchemaIssue[],
  value: unknown,
  what: string,
): string {
  return complaintsAbout(vendor, issues, value, what).join("; ");
}
