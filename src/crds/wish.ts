// What the operator is asked to keep in the cluster: the shelf, and what of it --crd-pattern, --crd-labels and --crd-versions choose.

import { chooseByPattern } from './pattern.ts';
import { findShelf, readShelf, type Shelf } from './shelf.ts';
import type { VersionChoice } from './versions.ts';

export interface CrdWish {
  readonly shelf: Shelf;
  /** `<group>/<Kind>` of the CRDs that a fresh cluster gets; those that exist are kept up to date in any case. */
  readonly chosen: ReadonlySet<string>;
  readonly labels: Readonly<Record<string, string>>;
  readonly versions: VersionChoice;
}

export interface CrdSettings {
  readonly pattern: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly versions: VersionChoice;
}

/** The wish, or the problem that ends the start. The shelf is the first of the folders that exists. */
export function readWish(
  settings: CrdSettings,
  folders: readonly string[],
): { readonly ok: true; readonly wish: CrdWish } | { readonly ok: false; readonly problem: string } {
  const folder = findShelf(folders);
  if (folder === undefined)
    return {
      ok: false,
      problem: `the CRDs that come with this program are in none of ${folders.join(', ')}; put them there, or give --crd-management=none`,
    };
  const shelf = readShelf(folder);
  const chosen = chooseByPattern(
    settings.pattern,
    shelf.shipped.map((shipped) => shipped.kind),
  );
  if (!chosen.ok)
    return {
      ok: false,
      problem: `--crd-pattern cannot be used:\n${chosen.problems.map((problem) => `  ${problem}`).join('\n')}`,
    };
  return { ok: true, wish: { shelf, chosen: chosen.names, labels: settings.labels, versions: settings.versions } };
}
