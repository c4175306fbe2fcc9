// One kind's CustomResourceDefinition: every user version with its full schema, one open storage version, and the arm-map.

import { ARM_MAP_ANNOTATION, type ArmMap } from '../kinds/arm-map.ts';
import { storageVersionOf } from '../kinds/by-name.ts';
import { writeArmMap } from '../kinds/write-arm-map.ts';
import { isObject, type JsonObject } from '../values/json.ts';
import type { KindFacts } from './facts.ts';
import { pluralOf, singularOf } from './naming.ts';
import { PRESERVE, type Schema } from './walk.ts';

/** Labels of a CRD that comes with the operator: by them it is recognised, and by the release whether it is outdated. */
export function shippedLabels(release: string): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': 'azure-service-operator', 'app.kubernetes.io/version': release };
}

export interface VersionSchemas {
  readonly name: string;
  readonly spec: Schema;
  readonly status: Schema;
}

export interface CrdParts {
  readonly group: string;
  readonly facts: KindFacts;
  readonly map: ArmMap;
  readonly versions: readonly VersionSchemas[];
  readonly labels: Readonly<Record<string, string>>;
}

const PRINTER_COLUMNS: readonly JsonObject[] = ['status', 'severity', 'reason', 'message'].map((field) => ({
  jsonPath: `.status.conditions[?(@.type=='Ready')].${field}`,
  name: field === 'status' ? 'Ready' : field.charAt(0).toUpperCase() + field.slice(1),
  type: 'string',
}));

export function crdOf(parts: CrdParts): JsonObject {
  const { group, facts } = parts;
  const plural = pluralOf(facts.kind);
  const storage = storageVersionOf(facts.versions);
  const categories = facts.categories ?? ['azure', group.replace(/\.azure\.com$/, '').replaceAll('.', '-')];
  const rules = facts.rules === undefined ? {} : { 'x-kubernetes-validations': facts.rules };
  const user = parts.versions.map((version) =>
    versionOf(version.name, { ...schemaOf(version), ...rules }, version.name === storage),
  );
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      labels: parts.labels,
      annotations: { [ARM_MAP_ANNOTATION]: writeArmMap(parts.map) },
    },
    spec: {
      group,
      names: { categories, kind: facts.kind, listKind: `${facts.kind}List`, plural, singular: singularOf(facts.kind) },
      scope: 'Namespaced',
      conversion: { strategy: 'None' },
      versions: facts.versions.includes(storage) ? user : [...user, storageOf(storage)],
    },
  };
}

/** Nothing that any version wrote is lost here: conversion None prunes to the version that is asked for, and this one prunes nothing. */
const OPEN: Schema = {
  type: 'object',
  properties: { spec: { type: 'object', ...PRESERVE }, status: { type: 'object', ...PRESERVE } },
};

/** The API server knows apiVersion, kind and metadata without being told. */
function schemaOf(version: VersionSchemas): Schema {
  return { type: 'object', properties: { spec: version.spec, status: version.status } };
}

/**
 * What an object says before the operator has said anything: that no generation of it was looked at. kstatus, and so Flux, would take an
 * object without a status for one that is done. The API server fills in the storage version's defaults when it reads.
 */
const UNSEEN = { observedGeneration: -1 };

function waiting(schema: Schema): Schema {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const status = isObject(properties.status) ? properties.status : {};
  return { ...schema, properties: { ...properties, status: { ...status, default: UNSEEN } } };
}

function versionOf(name: string, schema: Schema, isStorage: boolean): JsonObject {
  return {
    name,
    served: true,
    storage: isStorage,
    additionalPrinterColumns: PRINTER_COLUMNS,
    schema: { openAPIV3Schema: isStorage ? waiting(schema) : schema },
    subresources: { status: {} },
  };
}

/** Nobody asks kubectl for the storage version: it needs no columns. */
function storageOf(name: string): JsonObject {
  const { additionalPrinterColumns: _columns, ...version } = versionOf(name, OPEN, true);
  return version;
}

/** A CRD as a file. JSON is YAML: one member a line, so that a change of a kind reads as a small diff and parsing stays fast. */
export function fileText(crd: JsonObject): string {
  return `${JSON.stringify(crd, null, 1)}\n`;
}
