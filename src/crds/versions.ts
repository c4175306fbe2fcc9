// crdVersions: which of a kind's versions are served. Fewer versions are what makes the API server smaller. Pure.

import type { CrdVersion } from './crd.ts';

export const VERSION_CHOICES = ['all', 'stable', 'newest'] as const;
/** all: every version; stable: no previews, unless a kind has nothing else; newest: one version a kind, the newest stable one. */
export type VersionChoice = (typeof VERSION_CHOICES)[number];

interface Name {
  readonly date: string;
  readonly isStable: boolean;
  readonly isLong: boolean;
}

/**
 * The versions to list. The storage version stays, and whatever `needed` names: versions in status.storedVersions, which the API server
 * insists on, and versions that objects were applied in, whose manifests would be refused otherwise.
 */
export function chooseVersions(
  versions: readonly CrdVersion[],
  choice: VersionChoice,
  needed: ReadonlySet<string>,
): readonly CrdVersion[] {
  if (choice === 'all') return versions;
  const user = versions.filter((version) => nameOf(version.name) !== undefined);
  const stable = user.filter((version) => nameOf(version.name)?.isStable === true);
  const wanted = choice === 'newest' ? newest(stable.length > 0 ? stable : user) : stable.length > 0 ? stable : user;
  return versions.filter(
    (version) =>
      wanted.includes(version) || version.storage || needed.has(version.name) || nameOf(version.name) === undefined,
  );
}

function newest(versions: readonly CrdVersion[]): readonly CrdVersion[] {
  const [first] = [...versions].sort((a, b) => (rank(a.name) < rank(b.name) ? 1 : -1));
  return first === undefined ? [] : [first];
}

function rank(version: string): string {
  const name = nameOf(version);
  return `${name?.date}${name?.isLong === true ? 0 : 1}`;
}

/** Parts of a user version's name; undefined for storage versions and for names such as v1, which are always kept. */
function nameOf(version: string): Name | undefined {
  const match = /^v(1api)?(\d{8})([a-z]*)$/.exec(version);
  if (match === null || match[3] === 'storage' || match[3]?.endsWith('storage') === true) return undefined;
  return { date: match[2] ?? '', isStable: match[3] === '', isLong: match[1] !== undefined };
}
