// API paths of objects and collections.

/** Collection of a resource; without a namespace across all of them. */
export function collectionPath(groupVersion: string, plural: string, namespace?: string): string {
  const root = groupVersion.includes('/') ? `/apis/${groupVersion}` : `/api/${groupVersion}`;
  return namespace === undefined
    ? `${root}/${plural}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

export interface ObjectName {
  readonly namespace?: string;
  readonly name: string;
}

export function objectPath(groupVersion: string, plural: string, object: ObjectName): string {
  return `${collectionPath(groupVersion, plural, object.namespace)}/${encodeURIComponent(object.name)}`;
}
