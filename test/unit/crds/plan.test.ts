import { describe, expect, it } from 'vitest';
import { CRD_HASH } from '../../../src/crds/crd.ts';
import { planCrds } from '../../../src/crds/plan.ts';
import type { ObjectMeta } from '../../../src/kube/types.ts';

const OURS = { 'app.kubernetes.io/name': 'azure-service-operator', 'app.kubernetes.io/version': 'v1' };
const CANDIDATE = { name: 'redis.cache.azure.com', kind: 'cache.azure.com/Redis', hash: 'h1', labels: OURS };

const applied = (changes: Partial<ObjectMeta> = {}): ObjectMeta => ({
  labels: OURS,
  annotations: { [CRD_HASH]: 'h1' },
  managedFields: [
    {
      manager: 'azure-service-operator',
      fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${CRD_HASH}`]: {} } }, 'f:spec': { 'f:versions': {} } },
    },
  ],
  ...changes,
});

describe('what happens to a shipped CRD', () => {
  it.each<{ held?: ObjectMeta; chosen?: boolean; labels?: Record<string, string>; step: string; because: string }>([
    { chosen: true, step: 'create', because: 'the pattern asks for it' },
    { step: 'unwanted', because: 'nobody asks for it' },
    { held: applied(), step: 'current', because: 'its digest is the same' },
    { held: applied({ annotations: { [CRD_HASH]: 'h0' } }), step: 'update', because: 'its content differs' },
    { held: applied({ annotations: {} }), step: 'update', because: 'the original or kubectl applied it' },
    {
      held: applied({ labels: { 'serviceoperator.azure.com/version': 'v2.0' } }),
      step: 'update',
      because: 'the legacy label is known',
    },
    {
      held: applied({ labels: {} }),
      chosen: true,
      step: 'foreign',
      because: 'without our label it is not ours to touch',
    },
    { held: applied(), labels: { team: 'a' }, step: 'update', because: 'a label of --crd-labels is missing' },
    {
      held: applied({ labels: { ...OURS, team: 'a' } }),
      labels: { team: 'a' },
      step: 'current',
      because: 'the label is there',
    },
    { held: applied({ labels: { ...OURS, other: 'b' } }), step: 'current', because: 'labels of others stay' },
    {
      held: applied({ labels: { ...OURS, 'app.kubernetes.io/version': 'v2.20' } }),
      step: 'update',
      because: 'the label of the release differs',
    },
    {
      held: applied({
        managedFields: [
          {
            manager: 'azure-service-operator',
            fieldsV1: { 'f:metadata': { 'f:annotations': { [`f:${CRD_HASH}`]: {} } } },
          },
          { manager: 'kubectl', fieldsV1: { 'f:spec': { 'f:versions': {} } } },
        ],
      }),
      step: 'update',
      because: 'another hand wrote other versions over ours and left the annotation',
    },
  ])('$step: $because', ({ held, chosen, labels, step }) => {
    const installed = new Map(held === undefined ? [] : [[CANDIDATE.name, held]]);
    const wish = { chosen: new Set(chosen === true ? [CANDIDATE.kind] : []), labels: labels ?? {} };
    expect(planCrds([CANDIDATE], installed, wish).map(({ kind }) => kind)).toEqual([step]);
  });
});
