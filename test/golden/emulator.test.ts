// Recorded exchanges with Azure, sent to the emulator: status, signalling headers, error codes and the members of the answers must be
// those that were recorded. Data: ../shared/reference/exchanges.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCatalogue } from '../../src/emulator/catalogue.ts';
import type { Handled } from '../../src/emulator/handle.ts';
import { isObject, type Json } from '../../src/values/json.ts';
import { type Azure, azure, BASE } from '../support/azure.ts';

const FOLDER = '../shared/reference/exchanges';
const ZEROS = '00000000-0000-0000-0000-000000000000';
const SIGNALS = ['Azure-AsyncOperation', 'Location', 'Retry-After', 'x-ms-failure-cause'] as const;

interface Step {
  readonly n: number;
  readonly note?: string;
  readonly request: { readonly method: string; readonly url: string; readonly body?: Json };
  readonly response: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Json;
  };
}

interface Recorded {
  readonly id: string;
  readonly steps: readonly Step[];
}

const catalogue = openCatalogue('crds');

/** The same URL with an api-version that the project's own CRDs know: they do not carry every version that was recorded. */
function known(url: string): string {
  const [path = '', query = ''] = url.split('?', 2);
  const tail = path.slice(path.lastIndexOf('/providers/') + '/providers/'.length).split('/');
  const type = [tail[0], ...tail.slice(1).filter((_, index) => index % 2 === 0)].join('/');
  const found = path.includes('/providers/') ? catalogue.find(type) : undefined;
  const version = new URLSearchParams(query).get('api-version') ?? '';
  return found === undefined || found.apiVersions.includes(version)
    ? url
    : url.replace(`api-version=${version}`, `api-version=${found.apiVersions[0]}`);
}

const isPoll = (url: string): boolean => /\/\w*operation\w*\/[\w-]+\?/i.test(url);
const isDone = (step: Step): boolean =>
  step.response.status !== 202 && !(isObject(step.response.body) && step.response.body.status === 'InProgress');

/** Recorded poll URLs are other than the emulator's: the one that was given last stands for them. */
function replayed(cloud: Azure, steps: readonly Step[]): readonly (readonly [Step, Handled])[] {
  let poll = '';
  const principals = new Map<string, string>();
  const answers: (readonly [Step, Handled])[] = [];
  for (const step of steps) {
    const recordedUrl = step.request.url.replace('{{endpoint}}', BASE);
    const url = isPoll(recordedUrl) ? poll : known(recordedUrl);
    if (isPoll(recordedUrl) && isDone(step)) cloud.later(600_000);
    const body = step.request.body === undefined ? undefined : substitute(step.request.body, principals);
    const answer = cloud.send(step.request.method, url, body);
    if (!isPoll(recordedUrl)) poll = answer.headers?.['Azure-AsyncOperation'] ?? answer.headers?.Location ?? poll;
    notePrincipal(step.response.body, answer.body, principals);
    answers.push([step, answer]);
    // Refused tries were repeated until the directory knew the principal.
    if (step.response.status === 400) cloud.later(60_000);
  }
  return answers;
}

/** Ids of principals are the emulator's own: recorded bodies that name one mean the one that it made. */
function notePrincipal(recorded: Json, answered: Json | undefined, principals: Map<string, string>): void {
  if (!isObject(recorded) || !isObject(recorded.properties) || !isObject(answered) || !isObject(answered.properties))
    return;
  const from = recorded.properties.principalId;
  const to = answered.properties.principalId;
  if (typeof from === 'string' && typeof to === 'string') principals.set(from, to);
}

function substitute(body: Json, principals: ReadonlyMap<string, string>): Json {
  if (!isObject(body) || !isObject(body.properties)) return body;
  const to = principals.get(String(body.properties.principalId));
  return to === undefined ? body : { ...body, properties: { ...body.properties, principalId: to } };
}

/** A URL with its ids and hosts made plain. */
function shapeOf(name: string, value: string | undefined): string | undefined {
  if (value === undefined || name === 'Retry-After' || name === 'x-ms-failure-cause') return value;
  return value
    .replace('{{endpoint}}', '')
    .replace(BASE, '')
    .replace(/operation(\w*)\/[\w-]+\?/i, 'operation$1/<id>?')
    .replace(/api-version=[\w-]+/, 'api-version=<v>');
}

const codeOf = (body: Json | undefined): Json | undefined =>
  isObject(body) && isObject(body.error) ? body.error.code : undefined;

/** The members of an answer; those below `properties` too. */
function membersOf(body: Json | undefined): readonly string[] {
  if (!isObject(body)) return [];
  return Object.entries(body).flatMap(([name, value]) =>
    name === 'properties' && isObject(value) ? Object.keys(value).map((below) => `properties.${below}`) : [name],
  );
}

/** Recorded members that follow from nothing that was sent, and that no status or export of ours needs. */
const LEFT_OUT = new Set([
  'sku',
  'systemData',
  'tags',
  'identity',
  'properties.resourceGuid',
  'properties.availabilityZone',
  'properties.storageAutoGrowth',
  'properties.keyCreationTime',
  'properties.updatedOn',
  'properties.updatedBy',
  'properties.condition',
  'properties.conditionVersion',
  'properties.delegatedManagedIdentityResourceId',
  'properties.description',
  'properties.lastModifiedTime',
  'properties.deleted',
  'properties.remainingRetentionDays',
  'properties.defaultEncryptionScope',
  'properties.denyEncryptionScopeOverride',
  'properties.publicAccess',
  'properties.leaseStatus',
  'properties.leaseState',
  'properties.legalHold',
  'properties.hasImmutabilityPolicy',
  'properties.hasLegalHold',
]);

describe.skipIf(!existsSync(FOLDER))('recorded exchanges (needs ../shared/reference/exchanges)', () => {
  const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((file) => file.endsWith('.json')) : [];
  const recordings = files.map((file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Recorded);

  test.each(recordings.map((recorded) => [recorded.id, recorded] as const))('%s', (_id, recorded) => {
    const cloud = azure({ subscriptionIds: [ZEROS], tenantId: ZEROS, principalDelayMs: 30_000 });
    const group = `/subscriptions/${ZEROS}/resourceGroups/rg-sample?api-version=2020-06-01`;
    if (!recorded.steps[0]?.request.url.includes('/resourceGroups/rg-sample?'))
      cloud.put(group, { location: 'westus2' });
    for (const [step, answer] of replayed(cloud, recorded.steps)) {
      const at = `step ${step.n}: ${step.request.method} ${step.request.url}`;
      expect(answer.status, `${at} ${JSON.stringify(answer.body)}`).toBe(step.response.status);
      expect(codeOf(answer.body), at).toEqual(codeOf(step.response.body));
      for (const name of SIGNALS) {
        expect(`${name}: ${shapeOf(name, answer.headers?.[name])}`, at).toBe(
          `${name}: ${shapeOf(name, step.response.headers[name])}`,
        );
      }
      const missing = membersOf(step.response.body).filter(
        (name) => !LEFT_OUT.has(name) && !membersOf(answer.body).includes(name),
      );
      expect(missing, at).toEqual([]);
    }
  });
});
