// What a cluster looks like after the original: its CRDs (storage versions with bags, conversion by webhook, cert-manager's annotation) made
// from ours by the rules of catalogue section 7, and the objects that it stored. Of our own making, so that the tests run anywhere.

import { isObject, type Json, type JsonObject } from '../../src/values/json.ts';

/** Of armId in the original's schemas. */
export const ORIGINAL_ARM_ID_PATTERN =
  '(?i)(^(/subscriptions/([^/]+)(/resourcegroups/([^/]+))?)?/providers/([^/]+)/([^/]+/[^/]+)(/([^/]+/[^/]+))*$|^/subscriptions/([^/]+)(/resourcegroups/([^/]+))?$)';

const VALIDATIONS = new Set([
  'enum',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'multipleOf',
  'x-kubernetes-validations',
  'required',
]);
const NO_BAG = /^(owner|conditions|operatorSpec|.*[rR]eferences?|.*FromConfig|.*FromSecret)$/;

const membersOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
const listOf = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** Our CRD as the original has it; `hub` is its storage version, absent: the one of ours. */
export function originalCrd(ours: JsonObject, hub?: string): JsonObject {
  const metadata = membersOf(ours.metadata);
  const spec = membersOf(ours.spec);
  const versions = listOf(spec.versions);
  const storage = hub ?? String(versions.find((version) => version.storage === true)?.name);
  const user = versions.filter((version) => !String(version.name).endsWith('storage'));
  return {
    apiVersion: ours.apiVersion,
    kind: ours.kind,
    metadata: {
      name: metadata.name,
      labels: { 'app.kubernetes.io/name': 'azure-service-operator', 'app.kubernetes.io/version': 'v2.20.0' },
      annotations: {
        'cert-manager.io/inject-ca-from': 'azureserviceoperator-system/azureserviceoperator-serving-cert',
      },
    },
    spec: {
      ...spec,
      conversion: {
        strategy: 'Webhook',
        webhook: {
          clientConfig: {
            service: {
              name: 'azureserviceoperator-webhook-service',
              namespace: 'azureserviceoperator-system',
              path: '/convert',
              port: 443,
            },
          },
          conversionReviewVersions: ['v1'],
        },
      },
      versions: [
        ...user.map((version) => ({ ...version, storage: false, schema: withoutOurs(version.schema) })),
        ...user.map((version) => storageVersion(version, storage)),
      ],
    },
  };
}

/** Members of the status that the original does not have, and our CEL rules. */
function withoutOurs(schema: Json | undefined): JsonObject {
  const root = structuredClone(membersOf(schema)) as {
    openAPIV3Schema: { properties: { status: { properties?: Record<string, unknown> } } };
  };
  delete root.openAPIV3Schema.properties.status.properties?.lastSync;
  delete root.openAPIV3Schema.properties.status.properties?.observedGeneration;
  return without(root as unknown as JsonObject, new Set(['x-kubernetes-validations'])) as JsonObject;
}

function without(value: Json, keys: ReadonlySet<string>): Json {
  if (Array.isArray(value)) return value.map((item) => without(item, keys));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, held]) => held !== undefined && !(keys.has(key) && !isObject(held)))
      .map(([key, held]) => [key, without(held as Json, keys)]),
  );
}

function storageVersion(version: JsonObject, storage: string): JsonObject {
  const name = `${String(version.name)}storage`;
  const root = membersOf(withoutOurs(version.schema).openAPIV3Schema);
  const properties = membersOf(root.properties);
  const spec = withBags(without(membersOf(properties.spec), VALIDATIONS) as JsonObject);
  const status = withBags(without(membersOf(properties.status), VALIDATIONS) as JsonObject);
  const withOrigin = { ...spec, properties: { ...membersOf(spec.properties), originalVersion: { type: 'string' } } };
  return {
    ...version,
    name,
    storage: name === storage,
    schema: { openAPIV3Schema: { ...root, properties: { ...properties, spec: withOrigin, status } } },
  };
}

function withBags(schema: JsonObject): JsonObject {
  if (isObject(schema.items)) return { ...schema, items: withBags(schema.items) };
  if (!isObject(schema.properties)) return schema;
  const properties = Object.entries(schema.properties).map(([name, held]): [string, Json] => [
    name,
    isObject(held) && !NO_BAG.test(name) ? withBags(held) : (held as Json),
  ]);
  return {
    ...schema,
    properties: {
      ...Object.fromEntries(properties),
      $propertyBag: { type: 'object', additionalProperties: { type: 'string' } },
    },
  };
}

export interface Stored {
  readonly group: string;
  /** The storage version it is written through. */
  readonly storage: string;
  readonly kind: string;
  readonly name: string;
  readonly resourceId: string;
  readonly spec: JsonObject;
  readonly owner?: JsonObject;
}

/** An object as the original has written it, without its status. */
export function storedObject(stored: Stored): JsonObject {
  return {
    apiVersion: `${stored.group}/${stored.storage}`,
    kind: stored.kind,
    metadata: {
      name: stored.name,
      namespace: 'team',
      finalizers: ['serviceoperator.azure.com/finalizer'],
      labels: { 'serviceoperator.azure.com/last-reconciled-version': 'v2.20.0' },
      annotations: {
        'serviceoperator.azure.com/resource-id': stored.resourceId,
        'serviceoperator.azure.com/operator-namespace': 'azureserviceoperator-system',
        'serviceoperator.azure.com/latest-reconciled-generation': '1',
        'example.com/mine': 'stays',
      },
      ...(stored.owner === undefined ? {} : { ownerReferences: [stored.owner] }),
    },
    spec: stored.spec,
  };
}

/** The status that the original leaves on an object that reached its goal. */
export function storedStatus(resourceId: string, generation = 1, status = 'True'): JsonObject {
  const condition =
    status === 'True' ? { reason: 'Succeeded' } : { reason: 'Failed', severity: 'Error', message: 'it was refused' };
  return {
    id: resourceId,
    conditions: [
      {
        type: 'Ready',
        status,
        lastTransitionTime: '2026-08-01T00:00:00Z',
        observedGeneration: generation,
        ...condition,
      },
    ],
  };
}
