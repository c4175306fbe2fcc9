// Privileges of MySQL: key words that cannot be quoted, so only words are let through; what is held, and what has to change. Pure.

import type { Sealed } from '../values/secret.ts';
import { difference, type Row } from './statement.ts';
import { texts } from './user-goal.ts';

/** Ends the list of privileges in GRANT: a privilege with such a word would be more than one. */
const CLAUSES = /\b(ON|TO|FROM|WITH|AS|REQUIRE|IDENTIFIED)\b/i;
const GRANT_OPTION = 'GRANT OPTION';
const ALL = new Set(['ALL', 'ALL PRIVILEGES']);

/** In capitals with single spaces, each once; USAGE means none. */
export function privilegesOf(list: Sealed | undefined): readonly string[] {
  const names = texts(list).map((name) => name.trim().replace(/\s+/g, ' ').toUpperCase());
  return [...new Set(names)].filter((name) => name !== 'USAGE');
}

/** The first of these that is no privilege: it would be more than one word of the statement. */
export function oddAmong(privileges: readonly string[]): string | undefined {
  return privileges.find((privilege) => !/^[A-Z][A-Z_ ]*$/.test(privilege) || CLAUSES.test(privilege));
}

/** What rows of the server's privileges amount to; the right to pass them on counts as one. */
export function heldIn(rows: readonly Row[]): readonly string[] {
  const held = rows.map(({ privilege }) => String(privilege).toUpperCase()).filter((name) => name !== 'USAGE');
  return rows.some(({ grantable }) => grantable === 'YES') ? [...held, GRANT_OPTION] : held;
}

export interface Changes {
  readonly at: string;
  readonly missing: readonly string[];
  readonly extra: readonly string[];
}

/** ALL is granted as it is: which privileges it means is the server's matter, so none of them is extra. */
export function changesAt(at: string, wanted: readonly string[], held: readonly string[]): Changes {
  if (!wanted.some((name) => ALL.has(name))) return { at, ...difference(wanted, held) };
  const isGrantor = wanted.includes(GRANT_OPTION);
  return {
    at,
    missing: ['ALL PRIVILEGES', ...(isGrantor && !held.includes(GRANT_OPTION) ? [GRANT_OPTION] : [])],
    extra: !isGrantor && held.includes(GRANT_OPTION) ? [GRANT_OPTION] : [],
  };
}
