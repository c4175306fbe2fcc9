// What a cluster need not be told about statuses. Only the operator writes them, and every described member is kept some five times by
// the API server, for every served version. Pure.

import { isObject, type JsonObject } from '../values/json.ts';
import { type CrdVersion, OPEN_SCHEMA } from './crd.ts';

/** The operator's own members of every status: the same in all kinds, and documented. */
const OWN = ['conditions', 'observedGeneration', 'lastSync'];

/**
 * User versions with less said of their status: the operator's own members are let through undescribed, and of two twins
 * (v1api20230501, v20230501) the short one describes it for both. Nothing is refused or pruned that was not before.
 */
export function lean(versions: readonly CrdVersion[]): readonly CrdVersion[] {
  const names = new Set(versions.map((version) => version.name));
  return versions.map((version) => {
    const short = version.name.replace(/^v1api/, 'v');
    return withStatus(version, short !== version.name && names.has(short) ? () => OPEN_SCHEMA : withoutOwn);
  });
}

function withStatus(version: CrdVersion, change: (status: JsonObject) => JsonObject): CrdVersion {
  const schema = isObject(version.schema?.openAPIV3Schema) ? version.schema.openAPIV3Schema : undefined;
  const properties = isObject(schema?.properties) ? schema.properties : undefined;
  if (!isObject(properties?.status) || !isObject(properties.status.properties)) return version;
  const status = change(properties.status);
  return { ...version, schema: { openAPIV3Schema: { ...schema, properties: { ...properties, status } } } };
}

function withoutOwn(status: JsonObject): JsonObject {
  const described = Object.entries(isObject(status.properties) ? status.properties : {});
  const properties = Object.fromEntries(described.filter(([name]) => !OWN.includes(name)));
  return { ...status, properties, 'x-kubernetes-preserve-unknown-fields': true };
}
