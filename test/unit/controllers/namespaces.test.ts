// A namespace is asked for once, when an object of it is told first.

import { expect, it } from 'vitest';
import { createNamespaces } from '../../../src/controllers/namespaces.ts';
import { Store } from '../../../src/controllers/store.ts';
import type { KubeAnswer } from '../../../src/kube/types.ts';

const NEVER = new AbortController().signal;

it.each<readonly [because: string, answer: KubeAnswer, known: object | undefined, asked: number]>([
  ['it is known from then on', { status: 200, body: { metadata: { annotations: { a: 'b' } } } }, { a: 'b' }, 1],
  ['one without annotations too', { status: 200, body: { metadata: {} } }, {}, 1],
  ['one that may not be read has none', { status: 403, body: undefined }, {}, 1],
  ['one that is gone is asked for again', { status: 404, body: undefined }, undefined, 2],
])('%s', async (_because, answer, known, expected) => {
  const store = new Store();
  let asked = 0;
  const namespaces = createNamespaces(store, async () => {
    asked += 1;
    return answer;
  });
  await namespaces.learn('n', NEVER);
  await namespaces.learn('n', NEVER);
  expect(store.namespace('n')).toEqual(known);
  expect(asked).toBe(expected);
});

it('an object waits for a namespace that cannot be read now: its policy may forbid to touch Azure', async () => {
  const store = new Store();
  const namespaces = createNamespaces(store, async () => ({ status: 500, body: undefined }));
  await expect(namespaces.learn('n', NEVER)).rejects.toThrow(
    "namespace 'n' could not be read: the API server answered 500",
  );
  expect(store.namespace('n')).toBeUndefined();
});

it('what the watch has told is not asked for, nor overwritten by an older answer', async () => {
  const store = new Store();
  const namespaces = createNamespaces(store, async () => {
    store.putNamespace('n', { told: 'by the watch' });
    return { status: 200, body: { metadata: { annotations: {} } } };
  });
  await namespaces.learn('n', NEVER);
  expect(store.namespace('n')).toEqual({ told: 'by the watch' });
});
