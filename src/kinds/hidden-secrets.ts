// Secrets that an answer could show.

import type { ArmMap, FieldRule } from './arm-map.ts';

/**
 * Secrets that an answer could show are named for the status too. Single ones have no member there, but among the open members of
 * their holder they would be found; whole Secrets have a member, in the original's schema, and Azure may tell what was sent.
 */
export function withHiddenSecrets(map: ArmMap): ArmMap {
  const open = new Set(map.status.filter((rule) => rule.inline === true).map((rule) => holderOf(rule.at)));
  const hidden = map.spec.filter(
    (rule) => rule.secret === 'map' || (rule.secret === true && open.has(holderOf(rule.at))),
  );
  return hidden.length === 0 ? map : { ...map, status: [...map.status, ...hidden.map(hide)] };
}

function hide({ at, to, in: apiVersions }: FieldRule): FieldRule {
  return {
    at,
    secret: true,
    ...(to === undefined ? {} : { to }),
    ...(apiVersions === undefined ? {} : { in: apiVersions }),
  };
}

function holderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
