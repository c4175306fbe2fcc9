// The manifests of the demo, and where the API server keeps what they describe.

import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { pluralOf } from '../../src/generate/naming.ts';
import type { JsonObject } from '../../src/values/json.ts';

export interface Doc extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & { readonly name: string };
}

/** The manifests of the demo's platform. */
export function platformDocs(): readonly Doc[] {
  // Our own file, whose documents all have these members.
  return parseAllDocuments(readFileSync(new URL('platform.yaml', import.meta.url), 'utf8')).map(
    (doc) => doc.toJSON() as Doc,
  );
}

/** 'storage' of storage.azure.com/v20250601. */
export function groupOf(doc: Doc): string {
  return doc.apiVersion.replace(/\.azure\.com\/.*$/, '');
}

/** API path of an object. */
export function pathOf(namespace: string, doc: Doc): string {
  return `/apis/${doc.apiVersion}/namespaces/${namespace}/${pluralOf(doc.kind)}/${doc.metadata.name}`;
}
