// Five hundred hostile objects through the pure core: no rule throws and every pass ends. What leaves the process is seen on the cluster.

import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/kube/types.ts';
import { tooDeep } from '../../../src/reconcile/needs.ts';
import type { JsonObject } from '../../../src/values/json.ts';
import { hostileManifest } from '../../support/hostile.ts';
import { answer, deleting, observed, run, SUB } from '../../support/observed.ts';

const aim = { subscriptionId: SUB, trap: 'https://trap.example', endpoint: 'https://arm.example/' };
const answers = {
  put: answer(200, {}),
  poll: answer(200, {}),
  read: answer(200, {}),
  self: answer(404),
  owner: answer(404),
  exists: answer(200, {}),
  delete: answer(200),
  deletePoll: answer(200),
  'call:listKeys': answer(200, {}),
};

describe('hostile objects', () => {
  it('end every pass, alive and in deletion', () => {
    const rules = new Map<string, number>();
    for (let seed = 1; seed <= 500; seed += 1) {
      const manifest = hostileManifest(seed, aim);
      const [group = ''] = manifest.apiVersion.split('/');
      const object = {
        ...manifest,
        metadata: { ...manifest.metadata, namespace: 'team', uid: `u${seed}`, generation: 1, resourceVersion: '1' },
      } as unknown as KubeObject;
      for (const state of [object, deleting(object)]) {
        try {
          const failure = tooDeep(manifest.spec as JsonObject);
          const given = { kind: `${group}/${manifest.kind}`, object: state };
          const ran = run(
            observed(failure === undefined ? given : { ...given, inputs: { ok: false, failure } }),
            answers,
          );
          rules.set(ran.rule, (rules.get(ran.rule) ?? 0) + 1);
        } catch (error) {
          throw new Error(
            `seed ${seed}: ${error instanceof Error ? error.stack : error}\n${JSON.stringify(manifest).slice(0, 500)}`,
          );
        }
      }
    }
    // The generator reaches what it is made for: forged ids, bad names, depth, and passes that go all the way.
    for (const rule of ['noted', 'claim', 'inputs', 'settle', 'unborn', 'gone'])
      expect([...rules.keys()]).toContain(rule);
  });

  it('pollute nothing', () => {
    expect(({} as JsonObject).polluted).toBeUndefined();
  });
});
