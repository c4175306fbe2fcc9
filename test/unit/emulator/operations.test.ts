// How each type answers a PUT, a second PUT and a DELETE: the rows of arm-protocol table 5.2.

import { describe, expect, test } from 'vitest';
import type { Handled } from '../../../src/emulator/handle.ts';
import type { Json } from '../../../src/values/json.ts';
import { azure, BASE, BODIES, bodyOf, GROUP, outcomeOf, propertiesOf, URLS } from '../../support/azure.ts';

/** 201 Creating; async, 10 s: status, state, headers that name an operation, Retry-After. */
function signalOf(answer: Handled): string {
  const { provisioningState } = propertiesOf(answer);
  const headers = answer.headers ?? {};
  const location = headers.Location;
  const signals = [
    ...(headers['Azure-AsyncOperation'] === undefined ? [] : ['async']),
    ...(location === undefined ? [] : [location.startsWith(BASE) ? 'location' : 'relative location']),
    ...(headers['Retry-After'] === undefined ? [] : [`${headers['Retry-After']} s`]),
  ];
  return [[answer.status, provisioningState].filter((part) => part !== undefined).join(' '), ...signals].join(', ');
}

const at = (type: string, api: string, name = 'x'): string => `${GROUP}/providers/${type}/${name}?api-version=${api}`;
const WEST = { location: 'westus2' };
const HOUR_MS = 3_600_000;

interface Row {
  readonly because: string;
  readonly url: string;
  readonly body: Json;
  readonly first: string;
  readonly again: string;
  readonly gone: string;
}

const ROWS: readonly Row[] = [
  {
    because: 'an identity is finished, whatever its relative Location says',
    url: URLS.identity,
    body: WEST,
    first: '201, relative location',
    again: '200',
    gone: '200',
  },
  {
    because: 'a storage account is polled at its Location and says nothing meanwhile',
    url: URLS.storage,
    body: BODIES.storage,
    first: '202, location, 17 s',
    again: '200 Succeeded',
    gone: '200',
  },
  {
    because: 'a network shows itself updating',
    url: URLS.vnet,
    body: BODIES.vnet,
    first: '201 Updating, async, 3 s',
    again: '200 Succeeded, async',
    gone: '202, async, location, 10 s',
  },
  {
    because: 'a public address is quicker',
    url: at('Microsoft.Network/publicIPAddresses', '2020-11-01'),
    body: { ...WEST, sku: { name: 'Standard' }, properties: { publicIPAllocationMethod: 'Static' } },
    first: '201 Updating, async, 1 s',
    again: '200 Updating, async, 1 s',
    gone: '202, async, location, 10 s',
  },
  {
    because: 'a load balancer says Succeeded while its operation runs',
    url: at('Microsoft.Network/loadBalancers', '2020-11-01'),
    body: WEST,
    first: '201 Succeeded, async',
    again: '200 Succeeded, async',
    gone: '202, async, location',
  },
  {
    because: 'a private zone answers {} and both headers',
    url: at('Microsoft.Network/privateDnsZones', '2018-09-01', 'a.example'),
    body: { location: 'global' },
    first: '202, async, location, 30 s',
    again: '202, async, location, 30 s',
    gone: '202, async, location, 30 s',
  },
  {
    because: 'a database server answers a stub each time',
    url: at('Microsoft.DBforPostgreSQL/flexibleServers', '2021-06-01'),
    body: { ...WEST, properties: { administratorLogin: 'me', administratorLoginPassword: 'x' } },
    first: '202, async, location, 60 s',
    again: '202, async, location, 60 s',
    gone: '202, async, location, 15 s',
  },
  {
    because: 'a vault names no operation: the resource itself is polled',
    url: URLS.vault,
    body: BODIES.vault,
    first: '200 RegisteringDns',
    again: '200 Succeeded',
    gone: '200',
  },
  {
    because: 'a Redis that does not change is finished, and its Location is itself',
    url: at('Microsoft.Cache/redis', '2023-04-01'),
    body: { ...WEST, properties: { sku: { name: 'Basic', family: 'C', capacity: 0 } } },
    first: '201 Creating, async, location',
    again: '200 Succeeded',
    gone: '202, location',
  },
  {
    because: 'a name space is followed like most since 2022',
    url: at('Microsoft.ServiceBus/namespaces', '2021-11-01'),
    body: { ...WEST, sku: { name: 'Standard' } },
    first: '201 Creating, async, location',
    again: '200 Succeeded',
    gone: '202, async, location',
  },
  {
    because: 'a disk shows a part of itself with its 202',
    url: at('Microsoft.Compute/disks', '2020-09-30'),
    body: { ...WEST, properties: { creationData: { createOption: 'Empty' }, diskSizeGB: 10 } },
    first: '202 Updating, async, location, 2 s',
    again: '202 Updating, async, location, 2 s',
    gone: '202, async, location, 2 s',
  },
  {
    because: 'a configuration store that does not change is finished',
    url: at('Microsoft.AppConfiguration/configurationStores', '2022-05-01'),
    body: { ...WEST, sku: { name: 'standard' } },
    first: '201 Creating, async, 10 s',
    again: '200 Succeeded',
    gone: '202, async, location, 10 s',
  },
  {
    because: 'a web plan is there at once',
    url: at('Microsoft.Web/serverfarms', '2022-03-01'),
    body: WEST,
    first: '200 Succeeded',
    again: '200 Succeeded',
    gone: '200',
  },
];

/** The api-version of a URL, or the newest that the project knows when it lacks that one. */
function newest(url: string): string {
  const refused = azure().get(url);
  const supported = /supported api-versions are '([^',]+)/.exec(JSON.stringify(refused.body))?.[1];
  return supported === undefined ? url : url.replace(/api-version=.*/, `api-version=${supported}`);
}

describe('a write', () => {
  test.each(ROWS)('$because', ({ url, body, first, again, gone }) => {
    const cloud = azure();
    const known = newest(url);
    const made = cloud.put(known, body);
    expect(signalOf(made), JSON.stringify(made.body)).toBe(first);
    cloud.later(HOUR_MS);
    expect(signalOf(cloud.put(known, body))).toBe(again);
    cloud.later(HOUR_MS);
    expect(['Succeeded', undefined]).toContain(propertiesOf(cloud.get(known)).provisioningState);
    const removed = cloud.remove(known);
    expect(signalOf(removed)).toBe(gone);
    cloud.later(HOUR_MS);
    expect(cloud.get(known).status).toBe(404);
  });

  test.each(ROWS.filter((row) => /async|, location/.test(row.first)))(
    'polls that follow its headers end: $because',
    ({ url, body }) => {
      const cloud = azure();
      const made = cloud.put(newest(url), body);
      const polls = ['Azure-AsyncOperation', 'Location'].flatMap((name) => made.headers?.[name] ?? []);
      cloud.later(HOUR_MS);
      for (const poll of polls) {
        const done = cloud.get(poll);
        expect(done.status, poll).toBe(200);
        expect(['Succeeded', undefined]).toContain(bodyOf(done).status);
      }
    },
  );
});

describe('an operation', () => {
  test('that fails leaves the resource failed, with the error at its URL, and the next write mends it', () => {
    const cloud = azure();
    const made = cloud.put(URLS.vnet, BODIES.vnet, { fault: { code: 'Broken', message: 'it broke' } });
    cloud.later(HOUR_MS);
    expect(bodyOf(cloud.get(made.headers?.['Azure-AsyncOperation'] ?? ''))).toMatchObject({
      status: 'Failed',
      error: { code: 'Broken' },
    });
    expect(propertiesOf(cloud.get(URLS.vnet)).provisioningState).toBe('Failed');
    cloud.put(URLS.vnet, BODIES.vnet);
    cloud.later(HOUR_MS);
    expect(propertiesOf(cloud.get(URLS.vnet)).provisioningState).toBe('Succeeded');
  });

  test('that never ends shows the resource as it began, and stops other writes', () => {
    const cloud = azure();
    cloud.put(URLS.vault, BODIES.vault, { fault: 'never ends' });
    cloud.later(1000 * HOUR_MS);
    expect(propertiesOf(cloud.get(URLS.vault)).provisioningState).toBe('RegisteringDns');
    expect(outcomeOf(cloud.put(URLS.vault, BODIES.vault))).toBe('409 AnotherOperationInProgress');
  });

  test('takes what the settings say, and then asks for no patience', () => {
    const cloud = azure({ operationMs: 300 });
    const made = cloud.put(URLS.storage, BODIES.storage);
    expect(made.headers?.['Retry-After']).toBe('0');
    cloud.later(299);
    expect(cloud.get(made.headers?.Location ?? '').status).toBe(202);
    cloud.later(1);
    expect(cloud.get(made.headers?.Location ?? '').status).toBe(200);
  });

  test('that nobody began is not found', () => {
    expect(
      outcomeOf(azure().get(`${URLS.group.split('/resourceGroups')[0]}/operationresults/none?api-version=2020-06-01`)),
    ).toBe('404 OperationNotFound');
  });
});
