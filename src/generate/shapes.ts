// The fixed shapes that the operator's own fields have, the same in every kind.

import { referenceRules } from '../admission/rules.ts';
import { PRESERVE, type Schema } from './walk.ts';

const STRING: Schema = { type: 'string' };
const STRING_MAP: Schema = { type: 'object', additionalProperties: STRING };

/** The original's pattern, written shorter, since over 2,000 places carry it; it lets '' pass besides, which the operator refuses. */
export const ARM_ID_PATTERN = '(?i)^(/subscriptions/[^/]+(/resourcegroups/[^/]+)?)?(/providers/[^/]+(/[^/]+/[^/]+)+)?$';
const ARM_ID: Schema = { type: 'string', pattern: ARM_ID_PATTERN };

export interface ReferenceOptions {
  readonly wellKnown: boolean;
  /** Too deep in lists for the API server's cost limit: the operator checks alone. */
  readonly checked: boolean;
}

/** A reference to any resource. */
export function referenceSchema(options: ReferenceOptions): Schema {
  return {
    type: 'object',
    properties: {
      armId: ARM_ID,
      group: STRING,
      kind: STRING,
      name: STRING,
      ...(options.wellKnown ? { wellKnownName: STRING } : {}),
    },
    ...(options.checked ? { 'x-kubernetes-validations': referenceRules() } : {}),
  };
}

/** spec.owner: of a kind with one owner kind, or of an extension resource. The admission policy wants exactly one of name and armId. */
export function ownerSchema(isAny: boolean): Schema {
  const properties = isAny
    ? { armId: ARM_ID, group: STRING, kind: STRING, name: STRING }
    : { armId: ARM_ID, name: STRING };
  return { type: 'object', properties };
}

/** {name, key} of a Secret or ConfigMap. */
export const KEY_REFERENCE: Schema = {
  type: 'object',
  properties: { key: STRING, name: STRING },
  required: ['key', 'name'],
};

/** A whole Secret. */
export const SECRET_MAP_REFERENCE: Schema = { type: 'object', properties: { name: STRING }, required: ['name'] };

const EXPRESSIONS: Schema = {
  type: 'array',
  items: {
    type: 'object',
    properties: { annotations: STRING_MAP, key: STRING, labels: STRING_MAP, name: STRING, value: STRING },
    required: ['name', 'value'],
  },
};

const DESTINATION: Schema = {
  type: 'object',
  properties: { annotations: STRING_MAP, key: STRING, labels: STRING_MAP, name: STRING },
  required: ['key', 'name'],
};

/** spec.operatorSpec with the exports a version offers. */
export function operatorSpecSchema(secrets: readonly string[], configMaps: readonly string[], extra: Schema): Schema {
  const destinations = (fields: readonly string[]): Schema => ({
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field, DESTINATION])),
  });
  return {
    type: 'object',
    properties: {
      configMapExpressions: EXPRESSIONS,
      secretExpressions: EXPRESSIONS,
      ...(secrets.length === 0 ? {} : { secrets: destinations(secrets) }),
      ...(configMaps.length === 0 ? {} : { configMaps: destinations(configMaps) }),
      ...extra,
    },
  };
}

/**
 * status.lastSync: what was sent last and when, so that a restart sends nothing; it also echoes reconcile-requested-at. Open: it is the
 * operator's own memory, checked where it is read, and four members in 777 schemas are memory of every API server.
 */
export const LAST_SYNC: Schema = { type: 'object', ...PRESERVE };

/** status.conditions. */
export const CONDITIONS: Schema = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      lastTransitionTime: { type: 'string', format: 'date-time' },
      message: STRING,
      observedGeneration: { type: 'integer', format: 'int64' },
      reason: STRING,
      severity: STRING,
      status: STRING,
      type: STRING,
    },
    required: ['lastTransitionTime', 'reason', 'status', 'type'],
  },
};
