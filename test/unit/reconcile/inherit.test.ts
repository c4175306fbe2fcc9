// Objects that the original stored: what is read and remembered, what is sent, and how their form changes.

import { describe, expect, it } from 'vitest';
import * as names from '../../../src/reconcile/annotations.ts';
import { readMemo } from '../../../src/reconcile/memo.ts';
import type { Observed } from '../../../src/reconcile/observed.ts';
import { isObject, type JsonObject } from '../../../src/values/json.ts';
import { ACCOUNT_ID, answer, claimed, condition, later, observed, refusal, run } from '../../support/observed.ts';

const VERSION = 'v20210401';
const shown = answer(200, { id: ACCOUNT_ID, name: 'acc' });
const READ = [`GET ${ACCOUNT_ID}`];
const SENT = [`PUT ${ACCOUNT_ID}`, `GET ${ACCOUNT_ID}`];

interface Left {
  readonly spec?: JsonObject;
  readonly ready?: Parameters<typeof condition>[0];
  readonly annotations?: JsonObject;
  readonly status?: JsonObject;
}

/** As the original left it: Ready at its generation, in its own form. */
const left = ({ spec = {}, ready = {}, annotations = {}, status = {} }: Left = {}): Observed =>
  observed({
    version: VERSION,
    object: claimed({
      metadata: { annotations },
      spec: { originalVersion: VERSION, sku: { name: 'Standard_LRS', $propertyBag: { Tier: '"Standard"' } }, ...spec },
      status: { id: ACCOUNT_ID, conditions: [condition(ready)], ...status },
    }),
  });

const specOf = (object: { readonly spec?: unknown }): JsonObject => (isObject(object.spec) ? object.spec : {});

describe('an object that the original stored', () => {
  it.each<{ given: Left; sent: readonly string[]; because: string }>([
    { given: {}, sent: READ, because: 'it is Ready at its generation in the version that counts' },
    { given: { ready: { status: 'False', reason: 'Failed' } }, sent: SENT, because: 'it is not Ready' },
    { given: { ready: { observedGeneration: 0 } }, sent: SENT, because: 'it was edited since' },
    { given: { spec: { originalVersion: 'v20230101' } }, sent: SENT, because: 'another version was applied since' },
    { given: { spec: { originalVersion: null } }, sent: SENT, because: 'it was not the original that stored it' },
    { given: { annotations: { [names.RECONCILE_REQUESTED_AT]: 'now' } }, sent: SENT, because: 'a sync is asked for' },
    {
      given: { status: { lastSync: { goal: 'another', time: '2026-11-24T11:59:00Z' } } },
      sent: SENT,
      because: 'we have sent something else already',
    },
  ])('$sent.length requests: $because', ({ given, sent }) => {
    expect(run(left(given), { put: answer(200, {}), read: shown }).sent).toEqual(sent);
  });

  it('is remembered as sent, and left alone by the next pass', () => {
    const ran = run(left(), { read: shown });
    expect(readMemo(ran.after.status as JsonObject)?.goal).toMatch(/^[0-9a-f]{64}$/);
    expect(ran.ready).toMatchObject({ status: 'True', observedGeneration: 2 });
    expect(run(later(ran)).sent).toEqual([]);
  });

  it('gets its bags emptied, its version noted, and keeps every field', () => {
    const { after, claims } = run(left(), { read: shown });
    expect(claims).toHaveLength(1);
    expect(specOf(after).sku).toEqual({ name: 'Standard_LRS', tier: 'Standard' });
    expect(specOf(after)).not.toHaveProperty('originalVersion');
    expect(after.metadata.annotations?.[names.ORIGINAL_VERSION]).toBe(VERSION);
  });

  it('names its owner in the version that is served now', () => {
    const begun = left();
    const stale = {
      apiVersion: 'resources.azure.com/v1beta20200601storage',
      kind: 'ResourceGroup',
      name: 'rg',
      uid: 'uid-rg',
    };
    const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'x', uid: 'uid-x' };
    const object = { ...begun.object, metadata: { ...begun.object.metadata, ownerReferences: [other, stale] } };
    const { after } = run({ ...begun, object }, { read: shown });
    expect(after.metadata.ownerReferences).toEqual([
      other,
      { ...stale, apiVersion: 'resources.azure.com/v1api20200601storage' },
    ]);
  });

  it('that is gone from Azure is sent by the pass after the one that missed it', () => {
    const ran = run(left(), { read: refusal(404, 'ResourceNotFound') });
    expect(ran.ready?.status).toBe('False');
    expect(run(later(ran), { put: answer(201, {}), read: shown }).sent).toEqual(SENT);
  });
});
