// POST actions that give secrets. Keys follow from the id and a generation, so that a test can rotate them and see it.

import { createHash } from 'node:crypto';
import type { ArmMap } from '../kinds/arm-map.ts';
import type { JsonObject } from '../values/json.ts';
import { type Growing, setAt } from '../values/place.ts';
import type { Answer } from './message.ts';
import { refuse } from './message.ts';
import type { State } from './state.ts';

/** Text that looks like a key; never a real one. */
export function fakeKey(id: string, name: string): string {
  return createHash('sha512').update(`${id.toLowerCase()}|${name}`).digest('base64');
}

/** Makes the keys of a resource anew. */
export function rotate({ generations }: State, id: string): void {
  generations.set(id.toLowerCase(), (generations.get(id.toLowerCase()) ?? 0) + 1);
}

/** An id with the generation of its keys behind it: other keys, the same name. */
export function keyed({ generations }: State, id: string): string {
  const generation = generations.get(id.toLowerCase());
  return generation === undefined ? id : `${id}#${generation}`;
}

const nameOf = (id: string): string => id.slice(id.lastIndexOf('/') + 1).split('#')[0] ?? '';

const pair = (id: string): JsonObject => ({
  primaryKey: fakeKey(id, 'primary'),
  secondaryKey: fakeKey(id, 'secondary'),
});
const connections = (id: string): JsonObject => ({
  ...pair(id),
  primaryConnectionString: `Endpoint=sb://x/;SharedAccessKey=${fakeKey(id, 'primary')}`,
  secondaryConnectionString: `Endpoint=sb://x/;SharedAccessKey=${fakeKey(id, 'secondary')}`,
});
const connection = (id: string): JsonObject => ({ ...connections(id), keyName: 'RootManageSharedAccessKey' });
const kubeconfig = (id: string, name: string): JsonObject => ({
  kubeconfigs: [
    { name, value: Buffer.from(`apiVersion: v1\nkind: Config\n# ${fakeKey(id, name)}\n`).toString('base64') },
  ],
});

const ACTIONS: Readonly<Record<string, (id: string) => JsonObject>> = {
  'microsoft.storage/storageaccounts/listkeys': (id) => ({
    keys: ['key1', 'key2'].map((keyName) => ({
      creationTime: '2001-02-03T04:05:06Z',
      keyName,
      value: fakeKey(id, keyName),
      permissions: 'FULL',
    })),
  }),
  'microsoft.cache/redis/listkeys': pair,
  'microsoft.cache/redisenterprise/databases/listkeys': pair,
  'microsoft.documentdb/databaseaccounts/listkeys': (id) =>
    Object.fromEntries(
      ['primaryMasterKey', 'secondaryMasterKey', 'primaryReadonlyMasterKey', 'secondaryReadonlyMasterKey'].map(
        (name) => [name, fakeKey(id, name)],
      ),
    ),
  'microsoft.operationalinsights/workspaces/sharedkeys': (id) => ({
    primarySharedKey: fakeKey(id, 'primary'),
    secondarySharedKey: fakeKey(id, 'secondary'),
  }),
  'microsoft.containerservice/managedclusters/listclusteradmincredential': (id) => kubeconfig(id, 'clusterAdmin'),
  'microsoft.containerservice/managedclusters/listclusterusercredential': (id) => kubeconfig(id, 'clusterUser'),
  'microsoft.servicebus/namespaces/authorizationrules/listkeys': connection,
  'microsoft.servicebus/namespaces/topics/authorizationrules/listkeys': connection,
  'microsoft.eventhub/namespaces/authorizationrules/listkeys': connection,
  'microsoft.eventhub/namespaces/eventhubs/authorizationrules/listkeys': connection,
  'microsoft.cognitiveservices/accounts/listkeys': (id) => ({ key1: fakeKey(id, 'key1'), key2: fakeKey(id, 'key2') }),
  'microsoft.eventgrid/topics/listkeys': (id) => ({ key1: fakeKey(id, 'key1'), key2: fakeKey(id, 'key2') }),
  'microsoft.signalrservice/signalr/listkeys': connection,
  'microsoft.notificationhubs/namespaces/authorizationrules/listkeys': connection,
  'microsoft.notificationhubs/namespaces/notificationhubs/authorizationrules/listkeys': connection,
  'microsoft.apimanagement/service/subscriptions/listsecrets': pair,
  'microsoft.apimanagement/service/gateways/listkeys': (id) => ({
    primary: fakeKey(id, 'primary'),
    secondary: fakeKey(id, 'secondary'),
  }),
  'microsoft.devices/iothubs/listkeys': (id) => ({
    value: ['iothubowner', 'service', 'device', 'registryRead', 'registryReadWrite'].map((keyName) => ({
      keyName,
      primaryKey: fakeKey(id, `${keyName} primary`),
      secondaryKey: fakeKey(id, `${keyName} secondary`),
      rights: 'RegistryWrite',
    })),
  }),
  'microsoft.machinelearningservices/workspaces/listkeys': (id) => ({
    appInsightsInstrumentationKey: fakeKey(id, 'insights'),
    userStorageKey: fakeKey(id, 'storage'),
    notebookAccessKeys: {
      primaryAccessKey: fakeKey(id, 'notebook primary'),
      secondaryAccessKey: fakeKey(id, 'notebook secondary'),
    },
    containerRegistryCredentials: {
      username: nameOf(id),
      passwords: ['password', 'password2'].map((name) => ({ name, value: fakeKey(id, name) })),
    },
  }),
  'microsoft.redhatopenshift/openshiftclusters/listadmincredentials': (id) => ({
    kubeconfig: Buffer.from(`apiVersion: v1\nkind: Config\n# ${fakeKey(id, 'admin')}\n`).toString('base64'),
  }),
  'microsoft.redhatopenshift/openshiftclusters/listcredentials': (id) => ({
    kubeadminUsername: 'kubeadmin',
    kubeadminPassword: fakeKey(id, 'kubeadmin'),
  }),
  'microsoft.documentdb/databaseaccounts/listconnectionstrings': (id) => ({
    connectionStrings: [
      { connectionString: `AccountKey=${fakeKey(id, 'primaryMasterKey')};`, description: 'Primary connection string' },
    ],
  }),
  'microsoft.batch/batchaccounts/listkeys': (id) => ({
    accountName: nameOf(id),
    primary: fakeKey(id, 'primary'),
    secondary: fakeKey(id, 'secondary'),
  }),
  'microsoft.containerregistry/registries/listcredentials': (id) => ({
    username: nameOf(id),
    passwords: ['password', 'password2'].map((name) => ({ name, value: fakeKey(id, name) })),
  }),
  'microsoft.communication/communicationservices/listkeys': connections,
  'microsoft.search/searchservices/listadminkeys': (id) => pair(id),
  'microsoft.search/searchservices/listquerykeys': (id) => ({ value: [{ name: '', key: fakeKey(id, 'query') }] }),
  'microsoft.appconfiguration/configurationstores/listkeys': (id) => ({
    value: ['Primary', 'Secondary', 'Primary Read Only', 'Secondary Read Only'].map((name) => ({
      id: name,
      name,
      value: fakeKey(id, name),
      connectionString: `Endpoint=https://x;Secret=${fakeKey(id, name)}`,
      readOnly: name.endsWith('Only'),
    })),
  }),
};

/** An answer that holds every plain value that the kind exports from it; nothing when it exports none. */
function exported(action: string, map: ArmMap | undefined): ((id: string) => JsonObject) | undefined {
  const [call] =
    Object.entries(map?.calls ?? {}).find(
      ([, held]) => 'action' in held && held.action.toLowerCase() === action.toLowerCase(),
    ) ?? [];
  const places = Object.values(map?.secrets ?? {})
    .flat()
    .flatMap((source) => ('call' in source && source.call === call && !source.at.includes('[') ? [source.at] : []));
  if (call === undefined || places.length === 0) return undefined;
  return (id) => {
    const body: Growing = {};
    for (const place of places) setAt(body, place.split('/'), fakeKey(id, place));
    // Made of texts alone.
    return body as JsonObject;
  };
}

/** The answer of an action on a resource of this type; what recorded traffic does not show follows from what the kind exports. */
export function act(type: string, id: string, action: string, map?: ArmMap): Answer {
  const give = ACTIONS[`${type}/${action}`.toLowerCase()] ?? exported(action, map);
  return give === undefined
    ? refuse(
        404,
        'InvalidResourceType',
        `The resource type '${action}' could not be found in the namespace '${type.split('/')[0]}'.`,
      )
    : { status: 200, body: give(id) };
}
