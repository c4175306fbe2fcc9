// Recorded cases of the replay corpus: reading them, and spelling their documents as the schema does.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedExchange } from '../src/emulator/replay-matching.ts';
import { isObject, type Json, type JsonObject } from '../src/values/json.ts';
import type { Doc } from './demo/documents.ts';

/** One case, in the format of the corpus's README. */
export interface RecordedCase {
  readonly name: string;
  readonly group: string;
  readonly namespace: string;
  readonly resourceGroup: string;
  readonly secrets?: readonly Doc[];
  readonly manifests: readonly {
    readonly role: string;
    readonly doc: Doc;
    readonly expect: { readonly url: string } | null;
  }[];
  readonly exchanges: readonly RecordedExchange[];
}

export const isAzure = (doc: Doc): boolean => doc.apiVersion.includes('.azure.com/');
export const versionOf = (doc: Doc): string => doc.apiVersion.slice(doc.apiVersion.indexOf('/') + 1);

/** Every recording in files and folders of them. Throws for what is no JSON, naming the file. The corpus's README describes the format; it is believed. */
export function recordingsAt<T>(paths: readonly string[]): readonly T[] {
  return paths
    .flatMap((path) =>
      statSync(path).isDirectory()
        ? readdirSync(path)
            .filter((name) => name.endsWith('.json'))
            .sort()
            .map((name) => join(path, name))
        : [path],
    )
    .map((path) => {
      try {
        return JSON.parse(readFileSync(path, 'utf8')) as T;
      } catch (error) {
        throw new Error(`${path} cannot be read as a recording: ${error instanceof Error ? error.message : error}`);
      }
    });
}

/**
 * The document with every member spelled as the schema spells it. A few samples write GroupReferences, ARMID and the like: the
 * original's own test reads them with a decoder that is blind to case, a kube-apiserver is not.
 */
export function spelledAs(doc: Doc, schema: JsonObject, resourceGroup: string): Doc {
  const spelled = spell(doc.spec ?? {}, schemaAt(schema, 'spec'), resourceGroup);
  return { ...doc, spec: spelled };
}

function spell(value: Json, schema: JsonObject, resourceGroup: string): Json {
  if (Array.isArray(value))
    return value.map((item) => spell(item, isObject(schema.items) ? schema.items : {}, resourceGroup));
  if (!isObject(value)) return value;
  const known = isObject(schema.properties) ? Object.keys(schema.properties) : [];
  const values = isObject(schema.additionalProperties) ? schema.additionalProperties : undefined;
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) => {
      const spelling = known.includes(name)
        ? name
        : (known.find((candidate) => candidate.toLowerCase() === name.toLowerCase()) ?? name);
      const inner = spell(held ?? null, values ?? schemaAt(schema, spelling), resourceGroup);
      // The corpus put the case's group into armId, but not into ids under another spelling of it.
      return [
        spelling,
        spelling !== name && typeof inner === 'string' ? inner.replace('/aso-sample-rg/', `/${resourceGroup}/`) : inner,
      ];
    }),
  );
}

function schemaAt(schema: JsonObject, name: string): JsonObject {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const member = properties[name];
  return isObject(member) ? member : {};
}
