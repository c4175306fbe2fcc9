// Every recorded answer of a kind that we ship: the status made from it against the status schema of its version.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseId } from '../../src/arm/id.ts';
import { toStatus } from '../../src/reconcile/to-status.ts';
import { isObject, type Json, type JsonObject } from '../../src/values/json.ts';
import { shippedKinds, versionOf } from '../support/kinds.ts';
import type { Exchange } from '../support/replay-cases.ts';

const FOLDERS = ['../shared/replay/cases', '../shared/replay/traffic'];

type Version = NonNullable<ReturnType<typeof versionOf>>;

/** By 'arm type@api-version' in lower case; twins of one api-version have one schema. */
function versions(): ReadonlyMap<string, Version> {
  const found = new Map<string, Version>();
  for (const { kind } of shippedKinds().values()) {
    for (const [name, apiVersion] of Object.entries(kind.map.versions)) {
      const version = versionOf({ apiVersion: `${kind.group}/${name}`, kind: kind.kind });
      if (version !== undefined && kind.map.type !== undefined)
        found.set(`${kind.map.type}@${apiVersion}`.toLowerCase(), version);
    }
  }
  return found;
}

interface Answer {
  readonly name: string;
  readonly version: Version;
  readonly body: JsonObject;
}

function answersIn(path: string, known: ReadonlyMap<string, Version>): readonly Answer[] {
  const { name, exchanges } = JSON.parse(readFileSync(path, 'utf8')) as {
    readonly name: string;
    readonly exchanges: readonly Exchange[];
  };
  return exchanges.flatMap((exchange) => {
    if (
      exchange.host !== undefined ||
      !['GET', 'PUT'].includes(exchange.method) ||
      ![200, 201].includes(exchange.status) ||
      !isObject(exchange.responseBody)
    )
      return [];
    const url = new URL(exchange.url, 'https://arm');
    const type = parseId(decodeURIComponent(url.pathname))?.type ?? '';
    const version = known.get(`${type}@${url.searchParams.get('api-version')}`.toLowerCase());
    return version === undefined ? [] : [{ name: `${name} ${exchange.n}`, version, body: exchange.responseBody }];
  });
}

/** What an API server with a strict schema would object to, and members that it would prune. */
function problemsOf(value: Json | undefined, schema: JsonObject, path: string): readonly string[] {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true || value === undefined) return [];
  if (Array.isArray(value)) {
    if (schema.type !== 'array' || !isObject(schema.items))
      return [`${path}: a list where the schema has ${schema.type}`];
    const { items } = schema;
    return value.flatMap((item, index) => problemsOf(item, items, `${path}[${index}]`));
  }
  if (isObject(value)) return objectProblems(value, schema, path);
  const fits = schema.type === 'integer' ? Number.isInteger(value) : schema.type === typeof value;
  const isAllowed = !Array.isArray(schema.enum) || schema.enum.includes(value);
  return fits && isAllowed
    ? []
    : [`${path}: ${JSON.stringify(value)} where the schema has ${schema.type} ${JSON.stringify(schema.enum ?? '')}`];
}

function objectProblems(value: JsonObject, schema: JsonObject, path: string): readonly string[] {
  if (schema.type !== 'object') return [`${path}: an object where the schema has ${schema.type}`];
  const missing = (Array.isArray(schema.required) ? schema.required : []).filter(
    (name) => typeof name === 'string' && value[name] === undefined,
  );
  const members = Object.entries(value).flatMap(([name, held]) => {
    const member = isObject(schema.properties) ? schema.properties[name] : schema.additionalProperties;
    return isObject(member) ? problemsOf(held, member, `${path}.${name}`) : [`${path}.${name}: unknown`];
  });
  return [...missing.map((name) => `${path}.${name}: missing`), ...members];
}

describe.skipIf(!FOLDERS.every((folder) => existsSync(folder)))(
  'statuses of the recorded answers (../shared/replay; skipped when it is absent)',
  () => {
    const known = versions();
    const counts = { answers: 0, members: 0 };
    const files = FOLDERS.flatMap((folder) =>
      existsSync(folder)
        ? readdirSync(folder)
            .sort()
            .map((file) => join(folder, file))
        : [],
    );

    it.each(files)('%s: every answer gives a status that its schema knows entirely', (path) => {
      const problems: string[] = [];
      for (const { name, version, body } of answersIn(path, known)) {
        const status = toStatus(body, version.shape, version.status);
        const schema =
          isObject(version.schema.properties) && isObject(version.schema.properties.status)
            ? version.schema.properties.status
            : {};
        problems.push(...problemsOf(status, schema, 'status').map((problem) => `${name}: ${problem}`));
        // An answer always has a name or an id; a status without either would be an empty pass.
        if (
          status.id === undefined &&
          status.name === undefined &&
          (body.id ?? body.name) !== undefined &&
          hasMember(schema, 'id')
        )
          problems.push(`${name}: no id`);
        counts.answers += 1;
        counts.members += Object.keys(status).length;
      }
      expect(problems).toEqual([]);
    });

    it('most of the recorded answers are of kinds that we ship', () => {
      expect(counts.answers).toBeGreaterThan(1500);
    });

    afterAll(() => console.info(`statuses: ${counts.answers} answers, ${counts.members} members at the top`));
  },
);

function hasMember(schema: JsonObject, name: string): boolean {
  return isObject(schema.properties) && Object.hasOwn(schema.properties, name);
}
