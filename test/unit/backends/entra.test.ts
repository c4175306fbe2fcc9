// Entra's groups against the emulated Microsoft Graph, without a socket.

import { describe, expect, it } from 'vitest';
import type { ArmAnswer } from '../../../src/arm/request.ts';
import { backend } from '../../../src/backends/entra.ts';
import type { BackendAnswer, BackendRequest } from '../../../src/reconcile/backend.ts';
import type { Observed } from '../../../src/reconcile/observed.ts';
import { isObject, type JsonObject } from '../../../src/values/json.ts';
import { type Azure, azure, BASE } from '../../support/azure.ts';
import { asking } from '../../support/backends.ts';

const CREDENTIAL = {
  ok: true,
  value: {
    credential: { key: 'k', cloud: { authorityHost: BASE, endpoint: BASE, audience: BASE, graphEndpoint: BASE } },
    from: 's',
  },
} as unknown as Observed['credential'];
const SPEC = { name: 'team', displayName: 'Team', mailNickname: 'team' };

interface Directory {
  readonly ask: (what: BackendRequest['ask'], more?: Partial<BackendRequest>) => Promise<BackendAnswer>;
  readonly groups: () => readonly JsonObject[];
  readonly azure: Azure;
  /** Requests that were sent, as '<verb> <path>'. */
  readonly sent: readonly string[];
}

function directory(graphDelayMs = 0): Directory {
  const cloud = azure({ graphDelayMs });
  const sent: string[] = [];
  const entra = backend({
    tokens: () => {
      throw new Error('the emulator without a socket is signed in already');
    },
    arm: async (request) => {
      sent.push(`${request.verb} ${request.url.split('?')[0]}`);
      // The bodies of these tests hold no secrets.
      const {
        status,
        headers = {},
        body,
      } = cloud.send(request.verb, request.url, (request.body ?? undefined) as JsonObject);
      return { status, headers, body } satisfies ArmAnswer;
    },
  });
  return {
    sent,
    azure: cloud,
    ask: (what, more = {}) =>
      entra[what](asking(what, SPEC, more), { credential: CREDENTIAL, signal: AbortSignal.timeout(10_000) }),
    groups: () => {
      const { body } = cloud.get('/v1.0/groups');
      return isObject(body) && Array.isArray(body.value) ? body.value.filter(isObject) : [];
    },
  };
}

const idIn = (answer: BackendAnswer): string => (answer.state === 'present' ? (answer.id ?? '') : '');

describe('a group of Entra', () => {
  it('is made once, and found by its id afterwards', async () => {
    const { ask, groups, sent } = directory();
    const id = idIn(await ask('apply'));
    expect(await ask('apply', { id })).toMatchObject({ state: 'present', id });
    expect(groups()).toHaveLength(1);
    expect(sent).toEqual(['GET /v1.0/groups', 'POST /v1.0/groups', `GET /v1.0/groups/${id}`]);
  });

  it('is found by its name when the id was lost, and not touched before it is the object’s', async () => {
    const { ask, groups, sent } = directory();
    const id = idIn(await ask('apply'));
    const goal = { ...SPEC, description: 'mine' };
    expect(await ask('apply', { goal })).toEqual({ state: 'found', id });
    expect(sent.at(-1)).toBe('GET /v1.0/groups');
    expect(await ask('apply', { goal, id })).toMatchObject({ state: 'present', id, shows: { description: 'mine' } });
    expect(groups()).toHaveLength(1);
  });

  it('is made a second time only when that is asked for, and never while its id is known', async () => {
    const { ask, groups } = directory();
    const always = { operatorSpec: { creationMode: 'AlwaysCreate' } };
    await ask('apply', always);
    const id = idIn(await ask('apply', always));
    expect(groups()).toHaveLength(2);
    expect(await ask('apply', { ...always, status: { entraID: id } })).toEqual({ state: 'found', id });
    expect(groups()).toHaveLength(2);
  });

  it('that is gone for good is made anew', async () => {
    const { ask, azure: cloud } = directory();
    const id = idIn(await ask('apply'));
    cloud.send('DELETE', `/v1.0/groups/${id}`);
    const again = await ask('apply', { id, appliedAgoMs: 3_600_000 });
    expect(again.state).toBe('present');
    expect(idIn(again)).not.toBe(id);
  });

  it('that is not seen yet is not made twice', async () => {
    const { ask, azure: cloud, groups } = directory(60_000);
    const id = idIn(await ask('apply'));
    const early = await ask('apply', { id, appliedAgoMs: 1000 });
    expect(early).toMatchObject({ state: 'refused', failure: { retry: 'soon', severity: 'Warning' } });
    cloud.later(61_000);
    expect(idIn(await ask('apply', { id, appliedAgoMs: 62_000 }))).toBe(id);
    expect(groups()).toHaveLength(1);
  });

  it('is looked at, and no more, in policy skip', async () => {
    const { ask, groups } = directory();
    expect(await ask('observe')).toEqual({ state: 'present', shows: {} });
    expect(groups()).toEqual([]);
    const id = idIn(await ask('apply'));
    expect(await ask('observe', { id })).toMatchObject({ state: 'present', shows: { displayName: 'Team' } });
    await ask('remove', { id });
    expect(await ask('observe', { id })).toEqual({ state: 'absent' });
  });

  it.each([
    ['its id is known', (id: string) => ({ id })],
    ['only the status knows its id', (id: string) => ({ status: { entraID: id } })],
  ])('is taken away when %s, twice without harm', async (_because, known) => {
    const { ask, groups } = directory();
    const id = idIn(await ask('apply'));
    expect(await ask('remove', known(id))).toEqual({ state: 'absent' });
    expect(groups()).toEqual([]);
    expect(await ask('remove', known(id))).toEqual({ state: 'absent' });
  });

  it('that was never made needs no request to be gone', async () => {
    const { ask, sent } = directory();
    expect(await ask('remove')).toEqual({ state: 'absent' });
    expect(sent).toEqual([]);
  });

  it("tells Graph's own sentence when it is refused", async () => {
    const { ask } = directory();
    const goal = { ...SPEC, membershipType: 'enabled' };
    expect(await ask('apply', { goal })).toMatchObject({
      state: 'refused',
      failure: { code: 'Failed', retry: 'slow', message: expect.stringContaining('membershipRule') },
    });
  });
});
