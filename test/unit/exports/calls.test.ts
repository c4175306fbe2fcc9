// The requests that exports need, when they do not end with one answer: pages, refusals, actions that Azure works on for minutes.

import { describe, expect, it } from 'vitest';
import type { ArmAnswer, ArmRequest } from '../../../src/arm/request.ts';
import { EXPORT_POLLER_RESUME_TOKEN } from '../../../src/reconcile/annotations.ts';
import { azureWith, GROUP_ID, type Living, ok, pass, refusal, verdictOf } from '../../support/life.ts';

describe('an action that Azure works on for minutes', () => {
  const id = `${GROUP_ID}/providers/Microsoft.RedHatOpenShift/hcpOpenShiftClusters/o`;
  const living: Living = {
    apiVersion: 'redhatopenshift.azure.com/v1api20260630preview',
    kind: 'HcpOpenShiftCluster',
    id,
    spec: { operatorSpec: { secrets: { adminCredentials: { name: 's', key: 'k' } } } },
  };
  const poll = 'https://arm/credential-1';
  const running: ArmAnswer = { status: 202, headers: { location: poll, 'retry-after': '15' }, body: undefined };
  const token = JSON.stringify({ style: 'location', url: poll, verb: 'POST' });
  const again = { ...living, annotations: { [EXPORT_POLLER_RESUME_TOKEN]: token } };
  const exported = (written: ReturnType<typeof pass>['written']): readonly (string | undefined)[] =>
    written.map((target) => target.data.k?.reveal());

  it('is noted on the object, and the pass ends', () => {
    const { end, written } = pass(
      living,
      azureWith({ [`GET ${id}`]: ok({}), [`POST ${id}/requestAdminCredential`]: running }),
    );
    expect(written).toEqual([]);
    expect(verdictOf(end)).toBe('Info Reconciling: waiting for requestAdminCredential in Azure');
    expect(end).toMatchObject({
      annotations: { [EXPORT_POLLER_RESUME_TOKEN]: token },
      again: { kind: 'after', afterMs: 15_000 },
      status: { lastSync: {} },
    });
  });

  it('is looked at in the next pass, and asked for only once', () => {
    const { requests, end } = pass(again, azureWith({ [`GET ${id}`]: ok({}), [`GET ${poll}`]: running }));
    expect(requests.some((request) => request.startsWith('POST'))).toBe(false);
    expect(verdictOf(end)).toMatch(/^Info Reconciling/);
  });

  it.each([
    ['the answer itself', ok({ kubeconfig: 'config' })],
    ['the properties of an operation', ok({ status: 'Succeeded', properties: { kubeconfig: 'config' } })],
  ])('gives its last answer to the export: %s', (_shape, answer) => {
    const { written, end } = pass(again, azureWith({ [`GET ${id}`]: ok({}), [`GET ${poll}`]: answer }));
    expect(exported(written)).toEqual(['config']);
    expect(verdictOf(end)).toBe('True');
    expect(end).toMatchObject({ annotations: { [EXPORT_POLLER_RESUME_TOKEN]: null } });
  });

  it('that fails is forgotten and asked for anew', () => {
    const { end } = pass(again, azureWith({ [`GET ${id}`]: ok({}), [`GET ${poll}`]: refusal(400, 'Broken') }));
    expect(verdictOf(end)).toBe('Warning Broken: m');
    expect(end).toMatchObject({ annotations: { [EXPORT_POLLER_RESUME_TOKEN]: null } });
  });
});

describe('pages', () => {
  const id = `${GROUP_ID}/providers/Microsoft.AppConfiguration/configurationStores/a`;
  const living: Living = {
    apiVersion: 'appconfiguration.azure.com/v20240601',
    kind: 'ConfigurationStore',
    id,
    spec: { operatorSpec: { secrets: { primaryKey: { name: 's', key: 'k' } } } },
  };

  it('without an end are given up, and said so', () => {
    const { end, requests } = pass(living, (request: ArmRequest) =>
      request.url.includes('/listKeys') ? ok({ value: [], nextLink: 'https://arm/listKeys?page=next' }) : ok({}),
    );
    expect(requests.filter((request) => request.includes('listKeys'))).toHaveLength(10);
    expect(verdictOf(end)).toMatch(/^Warning Failed: listKeys of .* has no end/);
  });

  it('a refused one is a refusal of the whole, and nothing is written', () => {
    const { end, written } = pass(
      living,
      azureWith({
        [`GET ${id}`]: ok({}),
        [`POST ${id}/listKeys`]: ok({ value: [], nextLink: 'https://arm/next' }),
        'GET https://arm/next': refusal(403, 'AuthorizationFailed'),
      }),
    );
    expect(written).toEqual([]);
    expect(verdictOf(end)).toBe('Warning AuthorizationFailed: m');
  });
});

it('what was sent and is over is remembered as over, whatever an export says then', () => {
  const id = `${GROUP_ID}/providers/Microsoft.Storage/storageAccounts/a`;
  const poll = 'https://arm/op-1';
  const { end } = pass(
    {
      apiVersion: 'storage.azure.com/v20250601',
      kind: 'StorageAccount',
      id,
      spec: { operatorSpec: { secrets: { key1: { name: 's', key: 'k' } } } },
      status: { lastSync: { goal: 'g', time: '2029-12-31T23:59:00.000Z', pending: true } },
      annotations: {
        'serviceoperator.azure.com/poller-resume-token': JSON.stringify({ style: 'location', url: poll, verb: 'PUT' }),
        'serviceoperator.azure.com/poller-resume-id': 'GenericClient.CreateOrUpdateByID',
      },
    },
    azureWith({ [`GET ${poll}`]: ok({}), [`GET ${id}`]: ok({ id }), [`POST ${id}/listKeys`]: ok({ keys: [] }) }),
  );
  expect(verdictOf(end)).toMatch(/^Warning Failed: could not find a value for operatorSpec.secrets.key1/);
  const lastSync = end.do === 'report' ? end.status?.lastSync : undefined;
  expect(lastSync).toMatchObject({ goal: 'g' });
  expect(lastSync).not.toHaveProperty('pending');
});
