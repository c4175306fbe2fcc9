// SQL as values: what to ask and what to do, made by the *-user.ts files and written to the wire by database.ts.

import type { Secret } from '../values/secret.ts';

/** Text as it stands, and secrets, which become quoted literals on the wire. Printed, it shows REDACTED in their place. */
export type Statement = readonly (string | Secret)[];

/** A question with its parameters, which never become part of the text. */
export interface Query {
  readonly text: string;
  readonly values: readonly (string | readonly string[])[];
}

export type Row = Readonly<Record<string, unknown>>;

/** The statement as it may be shown in a log or a test. */
export function shown(statement: Statement): string {
  return statement.map(String).join('');
}

/** What is held and not wanted, and what is wanted and not held; `same` brings a name into the form in which the server compares names. */
export function difference(
  wanted: readonly string[],
  held: readonly string[],
  same: (name: string) => string = (name) => name,
): { readonly missing: readonly string[]; readonly extra: readonly string[] } {
  const wantedNames = new Set(wanted.map(same));
  const heldNames = new Set(held.map(same));
  return {
    missing: wanted.filter(
      (name, at) => !heldNames.has(same(name)) && wanted.findIndex((other) => same(other) === same(name)) === at,
    ),
    extra: held.filter((name) => !wantedNames.has(same(name))),
  };
}
