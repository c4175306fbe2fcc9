// Every document of the replay corpus: the body made from it against the body that the original sent.

import { afterAll, describe, expect, it } from 'vitest';
import { needsOf } from '../../src/reconcile/needs.ts';
import { toBody } from '../../src/reconcile/to-body.ts';
import { isObject, type Json, type JsonObject } from '../../src/values/json.ts';
import { mapSecrets, Secret } from '../../src/values/secret.ts';
import { pruned, specSchema, versionOf } from '../support/kinds.ts';
import { hasReplay, type ReplayCase, type ReplayDocument, replayCases } from '../support/replay-cases.ts';

/** Stands for a value that only the running system knows. */
const ANY = '{ANY}';

/** Where a body differs from the recorded one, and why that is right. Everything else must be equal. */
const KNOWN: readonly {
  readonly type: string;
  readonly path: string;
  readonly documents: number;
  readonly because: string;
}[] = [
  {
    type: 'Microsoft.KeyVault/vaults',
    path: 'properties.createMode',
    documents: 3,
    because: 'settled by a look at the deleted vaults before the PUT',
  },
  {
    type: 'microsoft.alertsManagement/smartDetectorAlertRules',
    path: 'properties.actionGroups.groupIds',
    documents: 2,
    because: 'the sample writes GroupReferences, which the API server prunes',
  },
  {
    type: 'Microsoft.ApiManagement/service/apis',
    path: 'properties.apiVersionSetId',
    documents: 2,
    because: 'the sample writes ApiVersionSetReference, which the API server prunes',
  },
  {
    type: 'Microsoft.ApiManagement/service/authorizationProviders/authorizations',
    path: 'properties.oauth2grantType',
    documents: 2,
    because: 'the sample writes oauth2GrantType, which the API server prunes',
  },
];

/** The corpus's README: the top-level name and null members do not count. */
function forArm(value: Json, isTop = true): Json {
  if (Array.isArray(value)) return value.map((item) => forArm(item, false));
  if (!isObject(value)) return value;
  const counted = Object.entries(value).filter(
    ([name, held]) => held !== null && held !== undefined && !(isTop && name === 'name'),
  );
  return Object.fromEntries(counted.map(([name, held]) => [name, forArm(held as Json, false)]));
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
  if (Array.isArray(sent))
    return sent.map((item, index) => masked(item, Array.isArray(wanted) ? wanted[index] : undefined) ?? null);
  if (!isObject(sent)) return sent;
  const [only] = Object.keys(isObject(wanted) ? wanted : {});
  return Object.fromEntries(
    Object.entries(sent).map(([name, held]) => {
      const key = name === ANY ? (only ?? name) : name;
      return [key, masked(held, isObject(wanted) ? wanted[key] : undefined)];
    }),
  );
}

/** Paths at which two values differ; the deepest that name the difference. */
function differences(a: Json | undefined, b: Json | undefined, path = ''): readonly string[] {
  if (isObject(a) && isObject(b)) {
    const names = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...names].flatMap((name) => differences(a[name], b[name], path === '' ? name : `${path}.${name}`));
  }
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length)
    return a.flatMap((item, index) => differences(item, b[index], `${path}[${index}]`));
  return JSON.stringify(a) === JSON.stringify(b) ? [] : [path];
}

const counts = { equal: 0, explained: 0, references: 0, wildcards: 0, answers: 0 };

function bodyOf(replay: ReplayCase, document: ReplayDocument): Json {
  const version = versionOf(document.doc);
  if (version === undefined || document.expect === null) throw new Error('not a document with a body');
  const spec = pruned(isObject(document.doc.spec) ? document.doc.spec : {}, specSchema(version));
  const name = document.expect.url.split('?')[0]?.split('/').at(-1) ?? '';
  const any = (): string => {
    counts.wildcards += 1;
    return ANY;
  };
  const inputs = {
    reference: (reference: JsonObject) => {
      counts.references += 1;
      if (typeof reference.armId === 'string') return reference.armId;
      const target = replay.manifests.find(
        (other) =>
          other.doc.kind === reference.kind &&
          other.doc.metadata.name === reference.name &&
          other.doc.apiVersion.startsWith(`${reference.group}/`),
      );
      return target?.armId ?? any();
    },
    wellKnown: any,
    secret: () => new Secret(any()),
    secretMap: (secret: string) => {
      const held = replay.manifests.find(
        (other) => other.doc.kind === 'Secret' && other.doc.metadata.name === secret,
      )?.doc;
      const keys = isObject(held?.stringData) ? Object.keys(held.stringData) : [ANY];
      return Object.fromEntries(keys.map((key) => [key, new Secret(any())]));
    },
    configMap: any,
  };
  return mapSecrets(toBody(isObject(spec) ? spec : {}, version.spec, inputs, name), (secret) =>
    secret.reveal(),
  ) as Json;
}

describe.skipIf(!hasReplay())('bodies of the replay corpus (../shared/replay; skipped when it is absent)', () => {
  const documents = replayCases().flatMap((replay) =>
    replay.manifests.filter((document) => document.expect !== null).map((document) => ({ replay, document })),
  );
  const met = new Map<string, number>();

  for (const { replay, document } of documents) {
    it(`${replay.name} ${document.doc.kind} ${document.doc.metadata.name} gives the body that the original sent`, () => {
      const version = versionOf(document.doc);
      const wanted = document.expect?.body ?? {};
      const sent = forArm(masked(bodyOf(replay, document), wanted) ?? null);
      expect(version?.apiVersion).toBe(document.expect?.apiVersion);
      const known = KNOWN.filter((row) => row.type === version?.kind.map.type);
      const found = differences(sent, forArm(wanted));
      const unknown = found.filter((path) => !known.some((row) => path === row.path));
      if (unknown.length > 0) expect(sent).toEqual(forArm(wanted));
      for (const row of known) if (found.includes(row.path)) met.set(row.path, (met.get(row.path) ?? 0) + 1);
      counts[found.length === 0 ? 'equal' : 'explained'] += 1;
    });
  }

  it('the known differences are all there, and no more', () => {
    expect(Object.fromEntries(met)).toEqual(Object.fromEntries(KNOWN.map((row) => [row.path, row.documents])));
  });

  it('what a document names is found without resolving anything', () => {
    for (const { document } of documents) {
      const version = versionOf(document.doc);
      if (version !== undefined)
        expect(() => needsOf(isObject(document.doc.spec) ? document.doc.spec : {}, version.spec)).not.toThrow();
    }
  });

  afterAll(() => {
    console.info(
      `bodies: ${counts.equal} equal, ${counts.explained} explained, of ${documents.length}; ${counts.references} references, ${counts.wildcards} values that only a running system knows`,
    );
  });
});
