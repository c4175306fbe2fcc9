// A map for fewer versions: what it says of the others alone is left out.

import type { ArmMap, ExportSource } from './arm-map.ts';

type Sources = ArmMap['secrets'];

export function narrowedTo(map: ArmMap, listed: ReadonlySet<string>): ArmMap {
  const versions = Object.fromEntries(Object.entries(map.versions).filter(([name]) => listed.has(name)));
  const apis = new Set(Object.values(versions));
  const { secrets, configMaps, carry } = map;
  return {
    ...map,
    versions,
    spec: held(map.spec, apis),
    status: held(map.status, apis),
    ...(secrets === undefined ? {} : { secrets: sourcesOf(secrets, apis) }),
    ...(configMaps === undefined ? {} : { configMaps: sourcesOf(configMaps, apis) }),
    ...(carry === undefined ? {} : { carry: { ...carry, members: membersOf(carry.members, apis) } }),
  };
}

/** Those that hold for one of the API versions; what holds for all of them holds everywhere. */
function held<T extends { readonly in?: readonly string[] }>(
  entries: readonly T[],
  apis: ReadonlySet<string>,
): readonly T[] {
  return entries.flatMap((entry) => {
    const { in: named, ...everywhere } = entry;
    if (named === undefined) return [entry];
    const still = named.filter((api) => apis.has(api));
    if (still.length === 0) return [];
    // Without `in` it is an entry of the same kind.
    return [still.length === apis.size ? (everywhere as unknown as T) : { ...entry, in: still }];
  });
}

function sourcesOf(sources: NonNullable<Sources>, apis: ReadonlySet<string>): NonNullable<Sources> {
  return Object.fromEntries(
    Object.entries(sources).flatMap(([field, source]) => {
      const list: readonly ExportSource[] = Array.isArray(source) ? source : [source as ExportSource];
      const [first, ...others] = held(list, apis);
      return first === undefined ? [] : [[field, others.length === 0 ? first : [first, ...others]]];
    }),
  );
}

function membersOf<T>(members: Readonly<Record<string, T>>, apis: ReadonlySet<string>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(members).filter(([api]) => apis.has(api)));
}
