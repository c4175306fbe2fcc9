import { describe, expect, it } from 'vitest';
import type { ArmPrincipal } from '../../../src/arm/client.ts';
import { remember } from '../../../src/arm/remember.ts';
import type { ArmAnswer, ArmRequest } from '../../../src/arm/request.ts';

const ROLES = '/providers/Microsoft.Authorization/roleDefinitions?api-version=2022-04-01';
const NEVER = new AbortController().signal;
const principal = (endpoint: string, key = 'k'): ArmPrincipal => ({
  key,
  endpoint,
  audience: endpoint,
  additionalTenants: [],
  tokenCredential: () => ({ getToken: async () => null }),
});
const get = (url: string): ArmRequest => ({ verb: 'GET', url });

/** A door that counts, and the clock. */
function door(answers: readonly (number | 'lost')[] = []) {
  const asked: string[] = [];
  let now = 0;
  const send = remember(
    async (request): Promise<ArmAnswer> => {
      asked.push(request.url);
      const status = answers[asked.length - 1] ?? 200;
      if (status === 'lost') throw new Error('lost');
      return { status, headers: {}, body: { n: asked.length } };
    },
    () => now,
  );
  return {
    asked,
    later: (ms: number) => {
      now += ms;
    },
    ask: (url: string, by = principal('https://a')) => send(get(url), by, NEVER),
  };
}

describe('the list of roles', () => {
  it('is asked for once, by whoever and however many', async () => {
    const { ask, asked } = door();
    await Promise.all(['1', '2', '3'].map((key) => ask(ROLES, principal('https://a', key))));
    expect((await ask(ROLES)).body).toEqual({ n: 1 });
    expect(asked).toEqual([ROLES]);
  });

  it('is asked for again after an hour', async () => {
    const { ask, asked, later } = door();
    await ask(ROLES);
    later(3_600_001);
    await ask(ROLES);
    expect(asked.length).toBe(2);
  });

  it('of another cloud is another list, and so is its next page', async () => {
    const { ask, asked } = door();
    await ask(ROLES);
    await ask(ROLES, principal('https://b'));
    await ask(`https://a${ROLES}&page=2`);
    expect(asked.length).toBe(3);
  });

  it('that was refused or lost is asked for again', async () => {
    const { ask, asked } = door([403, 'lost']);
    expect((await ask(ROLES)).status).toBe(403);
    await expect(ask(ROLES)).rejects.toThrow('lost');
    expect((await ask(ROLES)).status).toBe(200);
    expect(asked.length).toBe(3);
  });
});

it('nothing else is kept', async () => {
  const { ask, asked } = door();
  await ask('/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/r?api-version=2022-04-01');
  await ask('/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/r?api-version=2022-04-01');
  expect(asked.length).toBe(2);
});
