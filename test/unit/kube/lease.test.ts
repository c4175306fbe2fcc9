import { describe, expect, it } from 'vitest';
import { operatorsAtWork } from '../../../src/kube/lease.ts';

const NOW = Date.parse('2026-11-25T12:00:00Z');
const lease = (spec: Readonly<Record<string, string | number>>) => ({ metadata: { namespace: 'aso' }, spec });

describe('operators at work', () => {
  it.each([
    {
      spec: { holderIdentity: 'pod-1', leaseDurationSeconds: 15, renewTime: '2026-11-25T11:59:58.000000Z' },
      holders: ['pod-1'],
      because: 'it was renewed two seconds ago',
    },
    {
      spec: { holderIdentity: '', leaseDurationSeconds: 1, renewTime: '2026-11-25T11:59:58.000000Z' },
      holders: [],
      because: 'who ends releases it',
    },
    {
      spec: { holderIdentity: 'pod-1', leaseDurationSeconds: 15, renewTime: '2026-11-25T11:59:30.000000Z' },
      holders: ['pod-1'],
      because: 'the clock of the holder may be behind',
    },
    {
      spec: { holderIdentity: 'pod-1', leaseDurationSeconds: 15, renewTime: '2026-11-25T11:59:00.000000Z' },
      holders: [],
      because: 'who died does not stand in the way for ever',
    },
    {
      spec: { holderIdentity: 'pod-1', leaseDurationSeconds: 15, renewTime: '2026-11-25T12:10:00.000000Z' },
      holders: ['pod-1'],
      because: 'the clock of the holder may be ahead',
    },
    { spec: { holderIdentity: 'pod-1' }, holders: [], because: 'it was never held' },
  ])('$spec gives $holders, because $because', async ({ spec, holders }) => {
    const send = async () => ({ status: 200, body: { items: [lease(spec as Record<string, string>)] } });
    const found = await operatorsAtWork(send, NOW, new AbortController().signal);
    expect(typeof found === 'string' ? found : found.map(({ holder }) => holder)).toEqual(holders);
  });

  it('are not known when the Leases may not be listed', async () => {
    const send = async () => ({ status: 403, body: { message: 'leases is forbidden' } });
    expect(await operatorsAtWork(send, NOW, new AbortController().signal)).toBe('leases is forbidden');
  });
});
