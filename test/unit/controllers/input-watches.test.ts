// Whom a namespace and a service account wake. (Secrets and ConfigMaps: test/cluster/wake.test.ts.)

import { expect, it } from 'vitest';
import { watchInputs } from '../../../src/controllers/input-watches.ts';
import { createInputValues } from '../../../src/controllers/inputs.ts';
import { Store } from '../../../src/controllers/store.ts';
import type { WatchOf } from '../../../src/controllers/watches.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import { kindNamed, STORAGE_ACCOUNT } from '../../support/observed.ts';

const KIND = kindNamed(STORAGE_ACCOUNT);

const nobody = () => Promise.reject(new Error('nothing is asked for'));

/** The watches of inputs over a store with a Ready and a waiting object in each of two namespaces. */
function watched(isStrict: boolean) {
  const store = new Store();
  store.addKind(KIND);
  for (const namespace of ['one', 'two'])
    for (const [name, status] of [
      ['ready', 'True'],
      ['waits', 'False'],
    ] as const) {
      const object = {
        metadata: { namespace, name, resourceVersion: '1' },
        status: { conditions: [{ type: 'Ready', status }] },
      } as unknown as KubeObject;
      store.put(KIND, { object, applied: '', seenAt: 0, dependsOn: [] });
    }
  const watches = new Map<string, WatchOf>();
  const woken: string[] = [];
  const forgotten: string[] = [];
  watchInputs({
    watches: {
      begin: (label, of) => void watches.set(label, of),
      forget: (label) => void forgotten.push(label),
      areSynced: () => true,
    },
    store,
    intake: { wake: (names) => void woken.push(...names.map((name) => name.split('|')[1] ?? '')) },
    inputs: createInputValues(nobody, () => 0),
    targetNamespaces: [],
    isStrict,
    send: nobody,
    until: new AbortController().signal,
  });
  return { watches, woken, forgotten };
}

const account = (namespace: string, uid: string): KubeObject =>
  ({ metadata: { namespace, name: 'aso-workload', uid } }) as KubeObject;

it('strict: a service account wakes what is not Ready in its namespace, once each time it is made', () => {
  const { watches, woken } = watched(true);
  const accounts = watches.get('service accounts');
  accounts?.onPut(account('one', 'a'));
  accounts?.onPut(account('one', 'a'));
  expect(woken).toEqual(['one/waits']);
  accounts?.onGone(account('one', 'a'));
  accounts?.onPut(account('one', 'b'));
  expect(woken).toEqual(['one/waits', 'one/waits']);
});

it('strict: an operator that may not hear of service accounts does not wait for them', () => {
  const { watches, forgotten } = watched(true);
  watches.get('service accounts')?.onForbidden?.();
  expect(forgotten).toEqual(['service accounts']);
});

it('relaxed: nobody asks for service accounts', () => {
  expect(watched(false).watches.has('service accounts')).toBe(false);
});

it('a namespace whose policy changes wakes those of its objects that have none of their own', () => {
  const { watches, woken } = watched(false);
  const namespace = (annotations: Readonly<Record<string, string>>): KubeObject =>
    ({ metadata: { name: 'two', annotations } }) as unknown as KubeObject;
  const spaces = watches.get('namespaces');
  spaces?.onPut(namespace({}));
  spaces?.onPut(namespace({ other: 'word' }));
  expect(woken).toEqual([]);
  spaces?.onPut(namespace({ 'serviceoperator.azure.com/reconcile-policy': 'skip' }));
  expect(woken).toEqual(['two/ready', 'two/waits']);
});
