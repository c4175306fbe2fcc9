// Every document of the replay corpus: the body made from it against the body that the original sent.

import { describe, expect, it } from 'vitest';
import { needsOf } from '../../src/reconcile/needs.ts';
import { toBody } from '../../src/reconcile/to-body.ts';
import { toStatus } from '../../src/reconcile/to-status.ts';
import { isObject, type Json, type JsonObject } from '../../src/values/json.ts';
import { mapSecrets, Secret } from '../../src/values/secret.ts';
import { versionOf } from '../support/kinds.ts';
import { hasReplay, replayCases, type ReplayCase, type ReplayDocument } from '../support/replay-cases.ts';

/** Stands for a value that only the running system knows. */
const ANY = '{ANY}';

/** Why a body differs on purpose. */
const EXPLAINED: readonly { readonly type: RegExp; readonly because: string; readonly mend: (body: JsonObject) => JsonObject }[] = [
  { type: /^Microsoft\.KeyVault\/vaults$/, because: 'createMode is settled by a look at the deleted vaults', mend: (body) => without(body, 'properties', 'createMode') },
  { type: /^microsoft\.alertsManagement\/smartDetectorAlertRules$/, because: "the manifest writes GroupReferences with a capital: the API server prunes it", mend: (body) => without(body, 'properties', 'actionGroups') },
  {
    type: /^Microsoft\.ApiManagement\/service\/apis$/,
    because: 'the manifest writes ApiVersionSetReference with a capital: the API server prunes it',
    mend: (body) => without(without(body, 'properties', 'apiVersionSetId'), 'properties', 'ApiVersionSetReference'),
  },
  {
    type: /^Microsoft\.ApiManagement\/service\/authorizationProviders\/authorizations$/,
    because: 'the manifest writes oauth2GrantType where the CRD has oauth2grantType: the API server prunes it',
    mend: (body) => without(without(body, 'properties', 'oauth2grantType'), 'properties', 'oauth2GrantType'),
  },
];

function without(body: JsonObject, holder: string, member: string): JsonObject {
  const held = body[holder];
  if (!isObject(held)) return body;
  return { ...body, [holder]: Object.fromEntries(Object.entries(held).filter(([name]) => name !== member)) };
}

/** The corpus's README: the top-level name and null members do not count. */
function forArm(value: Json, isTop = true): Json {
  if (Array.isArray(value)) return value.map((item) => forArm(item, false));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name, held]) => held !== null && held !== undefined && !(isTop && name === 'name')).map(([name, held]) => [name, forArm(held as Json, false)]));
}

/** The sent body with what the recording masks masked, and runtime values taken from the recording. */
function masked(sent: Json | undefined, wanted: Json | undefined): Json | undefined {
  if (sent === ANY) return wanted;
  if (typeof sent === 'string') {
    return sent
      .replace(/\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g, '2001-02-03T04:05:06Z')
      .replace(/ssh-rsa [A-Za-z0-9+/=]+/g, 'ssh-rsa {KEY}')
      .replace(/^[A-Za-z0-9+/]{40,}={1,2}$/, '{KEY}');
  }
  if (Array.isArray(sent)) return sent.map((item, index) => masked(item, Array.isArray(wanted) ? wanted[index] : undefined) ?? null);
  if (!isObject(sent)) return sent;
  const keys = Object.keys(isObject(wanted) ? wanted : {});
  return Object.fromEntries(Object.entries(sent).map(([name, held], index) => [name === ANY ? (keys[index] ?? name) : name, masked(held, isObject(wanted) ? wanted[name === ANY ? (keys[index] ?? name) : name] : undefined)]));
}

function bodyOf(replay: ReplayCase, document: ReplayDocument): Json {
  const version = versionOf(document.doc);
  if (version === undefined || document.expect === null) throw new Error('not a document with a body');
  const spec = isObject(document.doc.spec) ? document.doc.spec : {};
  const name = document.expect.url.split('?')[0]?.split('/').at(-1) ?? '';
  const body = toBody(spec, version.spec, {
    reference: (reference) => {
      if (typeof reference.armId === 'string') return reference.armId;
      const target = replay.manifests.find((other) => other.doc.kind === reference.kind && other.doc.metadata.name === reference.name);
      return target?.armId ?? ANY;
    },
    wellKnown: () => ANY,
    secret: () => new Secret(ANY),
    secretMap: (secret) => {
      const held = replay.manifests.find((other) => other.doc.kind === 'Secret' && other.doc.metadata.name === secret)?.doc;
      if (held === undefined) return { [ANY]: new Secret(ANY) };
      return Object.fromEntries(Object.keys(isObject(held.stringData) ? held.stringData : {}).map((key) => [key, new Secret(ANY)]));
    },
    configMap: () => ANY,
  }, name);
  return mapSecrets(body, (secret) => secret.reveal()) as Json;
}

describe.skipIf(!hasReplay())('bodies of the replay corpus (../shared/replay; skipped when it is absent)', () => {
  const documents = replayCases().flatMap((replay) => replay.manifests.map((document) => ({ replay, document })).filter(({ document }) => document.expect !== null && versionOf(document.doc) !== undefined));

  for (const { replay, document } of documents) {
    it(`${replay.name} ${document.doc.kind} ${document.doc.metadata.name} gives the body that the original sent`, () => {
      const version = versionOf(document.doc);
      const explained = EXPLAINED.find((row) => row.type.test(version?.kind.map.type ?? ''));
      const mend = explained?.mend ?? ((body: JsonObject) => body);
      const wanted = document.expect?.body ?? {};
      const sent = masked(bodyOf(replay, document), wanted);
      expect(mend(forArm(sent ?? null) as JsonObject)).toEqual(mend(forArm(wanted) as JsonObject));
    });
  }

  it('covers the whole corpus', () => {
    expect(documents.length).toBe(replayCases().flatMap((replay) => replay.manifests).filter((document) => document.expect !== null).length);
  });

  it('needs are found without resolving anything', () => {
    for (const { document } of documents) {
      const version = versionOf(document.doc);
      if (version !== undefined) expect(() => needsOf(isObject(document.doc.spec) ? document.doc.spec : {}, version.spec)).not.toThrow();
    }
  });

  it('every recorded answer becomes a status that its schema knows entirely', () => {
    const byPath = new Map(documents.map(({ document }) => [document.expect?.url.toLowerCase(), document]));
    let answers = 0;
    const unknown: string[] = [];
    for (const replay of replayCases()) {
      for (const exchange of replay.exchanges) {
        const document = byPath.get(exchange.url.toLowerCase());
        if (document === undefined || exchange.status > 201 || !isObject(exchange.responseBody) || !['GET', 'PUT'].includes(exchange.method)) continue;
        const version = versionOf(document.doc);
        if (version === undefined) continue;
        answers += 1;
        const status = toStatus(exchange.responseBody, version.shape, version.status);
        const schema = (version.schema.properties as Record<string, JsonObject>).status;
        for (const problem of problemsOf(status, schema ?? {}, 'status')) unknown.push(`${document.doc.kind} ${exchange.n}: ${problem}`);
      }
    }
    expect(unknown).toEqual([]);
    expect(answers).toBeGreaterThan(1000);
  });
});

/** A strict look at types and names; enums and patterns do not occur in statuses but for a few lists. */
function problemsOf(value: Json | undefined, schema: JsonObject, path: string): readonly string[] {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true || value === undefined) return [];
  if (Array.isArray(value)) {
    if (schema.type !== 'array') return [`${path}: a list where the schema has ${schema.type}`];
    return value.flatMap((item, index) => problemsOf(item, schema.items as JsonObject, `${path}[${index}]`));
  }
  if (isObject(value)) {
    if (schema.type !== 'object') return [`${path}: an object where the schema has ${schema.type}`];
    const values = isObject(schema.additionalProperties) ? schema.additionalProperties : undefined;
    return Object.entries(value).flatMap(([name, held]) => {
      const member = isObject(schema.properties) ? schema.properties[name] : values;
      return isObject(member) ? problemsOf(held, member, `${path}.${name}`) : [`${path}.${name}: unknown`];
    });
  }
  const fits = schema.type === 'integer' ? Number.isInteger(value) : schema.type === typeof value;
  return fits ? [] : [`${path}: ${JSON.stringify(value)} where the schema has ${schema.type}`];
}
