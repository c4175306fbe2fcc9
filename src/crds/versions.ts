// crdVersions: which of a kind's versions are served. Fewer versions are what makes the API server smaller. Pure.

import { apiOfVersion, isStable, newestVersion } from '../kinds/by-name.ts';
import type { CrdVersion } from './crd.ts';

export const VERSION_CHOICES = ['all', 'stable', 'newest'] as const;
/** all: every version; stable: no previews, unless a kind has nothing else; newest: one version a kind, the newest stable one. */
export type VersionChoice = (typeof VERSION_CHOICES)[number];

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
  const user = versions.filter((version) => apiOf(version) !== undefined);
  const stable = user.filter((version) => isStable(apiOf(version) ?? ''));
  const newest = newestVersion(user.map((version) => version.name));
  const wanted =
    choice === 'newest' ? user.filter((version) => version.name === newest) : stable.length > 0 ? stable : user;
  return versions.filter(
    (version) =>
      wanted.includes(version) || version.storage || needed.has(version.name) || apiOf(version) === undefined,
  );
}

/** Of a user version; undefined for storage versions and for names such as v1, which are always kept. */
function apiOf({ name }: CrdVersion): string | undefined {
  return name.endsWith('storage') ? undefined : apiOfVersion(name);
}
