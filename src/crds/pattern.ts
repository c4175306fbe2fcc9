// --crd-pattern: which CRDs a fresh cluster gets. Source of the grammar: contract 14.1. Pure.

import { isGlob, matchesGlob } from '../values/glob.ts';
import { nearest } from '../values/nearest.ts';

export type Chosen =
  | { readonly ok: true; readonly names: ReadonlySet<string> }
  /** One sentence for each pattern that matches nothing. */
  | { readonly ok: false; readonly problems: readonly string[] };

/**
 * The names (`<group>/<Kind>`) that patterns separated by ';' choose. A literal is trimmed of spaces, a glob is not; case does not
 * count. An empty text chooses nothing; a blank entry among others matches nothing and is a problem, as in the original.
 */
export function chooseByPattern(pattern: string, names: readonly string[]): Chosen {
  if (pattern === '') return { ok: true, names: new Set() };
  const chosen = new Set<string>();
  const problems: string[] = [];
  for (const entry of pattern.split(';')) {
    const matched = isGlob(entry)
      ? names.filter((name) => matchesGlob(entry, name))
      : names.filter((name) => name.toLowerCase() === entry.trim().toLowerCase());
    for (const name of matched) chosen.add(name);
    if (matched.length === 0) problems.push(problemOf(entry, names));
  }
  return problems.length === 0 ? { ok: true, names: chosen } : { ok: false, problems };
}

function problemOf(entry: string, names: readonly string[]): string {
  const lead = `'${entry}' matches no CRD`;
  if (entry.trim() === '') return `${lead}: the entry is blank; remove it or the ';' beside it`;
  if (isGlob(entry)) return `${lead}; ${candidates(entry, names)}`;
  if (!entry.includes('/')) return `${lead}; a pattern is <group>/<Kind>, for example ${example(entry, names)}`;
  const near = nearest(entry.trim(), names);
  return near.length > 0 ? `${lead}; did you mean ${near.join(' or ')}?` : `${lead}; ${candidates(entry, names)}`;
}

/** Kinds of the group that was meant, else the groups nearest to it. */
function candidates(entry: string, names: readonly string[]): string {
  const group = entry.trim().toLowerCase().split('/')[0] ?? '';
  const kinds = names.filter((name) => name.toLowerCase().startsWith(`${group}/`));
  if (kinds.length > 0) return `this group has ${some(kinds)}`;
  const groups = [...new Set(names.map((name) => name.split('/')[0] ?? ''))];
  const near = nearest(group.replaceAll('*', ''), groups);
  return near.length > 0 ? `groups with such a name: ${near.join(', ')}` : `groups are ${some(groups)}`;
}

function example(entry: string, names: readonly string[]): string {
  const kind = entry.trim().toLowerCase();
  const found = names.find(
    (name) => name.toLowerCase().endsWith(`/${kind}`) || name.toLowerCase().startsWith(`${kind}/`),
  );
  return found ?? nearest(kind, names, 1)[0] ?? names[0] ?? 'resources.azure.com/ResourceGroup';
}

const SHOWN = 8;

function some(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return `${names.slice(0, SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
