// Tokens on the way to ARM: shared, renewed in time, replaced when Azure refuses one, joined by those of other tenants.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { How } from '../../../src/identity/credential.ts';
import { proxySettings } from '../../../src/values/proxy.ts';
import { Secret } from '../../../src/values/secret.ts';
import { connectProxy } from '../../support/connect-proxy.ts';
import { CLIENT, type SignIn, SUBSCRIPTION, signIn, TENANT } from '../../support/sign-in.ts';

const SECRET = 'a-very-hidden-client-secret';
const OTHER = '00000000-0000-0000-0000-0000000000ab';
const LINKED = '00000000-0000-0000-0000-000000000002';
const how: How = { kind: 'clientSecret', secret: new Secret(SECRET) };
const application = { clientId: CLIENT, clientSecret: SECRET };

let at: SignIn;
let emulatorIsAheadMs = 0;
beforeEach(async () => {
  emulatorIsAheadMs = 0;
  at = await signIn({
    emulator: {
      clients: [{ ...application, tenants: [TENANT, OTHER] }],
      otherTenants: [OTHER],
      linkedSubscriptions: { [LINKED]: OTHER },
      now: () => Date.now() + emulatorIsAheadMs,
    },
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await at.stop();
});

const later = (ms: number): void => {
  const then = Date.now() + ms;
  vi.useFakeTimers({ toFake: ['Date'], now: then });
};
const armRequests = (): number => at.emulator.journal().filter((entry) => entry.url.includes('resourcegroups')).length;

describe('a token', () => {
  it('is fetched once, however many requests wait for it', async () => {
    const credential = at.credential(how);
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => at.outcome(credential)));
    expect(new Set(outcomes)).toEqual(new Set(['HTTP 200']));
    expect(at.tokenRequests()).toBe(1);
  });

  it('is renewed before it ends, and Azure sees none that is over', async () => {
    at.emulator.tune({ tokenLifetimeS: 3600 });
    const credential = at.credential(how);
    await at.outcome(credential);
    later(50 * 60_000);
    expect(await at.outcome(credential)).toBe('HTTP 200');
    expect(at.tokenRequests()).toBe(1);
    later(6 * 60_000);
    expect(await at.outcome(credential)).toBe('HTTP 200');
    expect(at.tokenRequests()).toBe(2);
    expect(at.emulator.journal().every((entry) => entry.status === 200)).toBe(true);
  });

  it('of a short life is renewed half way', async () => {
    at.emulator.tune({ tokenLifetimeS: 60 });
    const credential = at.credential(how);
    await at.outcome(credential);
    later(31_000);
    await at.outcome(credential);
    expect(at.tokenRequests()).toBe(2);
  });

  it('that cannot be renewed is used to its end; then the refusal is told', async () => {
    at.emulator.tune({ tokenLifetimeS: 60 });
    const credential = at.credential(how);
    await at.outcome(credential);
    at.emulator.tune({ clients: [{ ...application, clientSecret: 'rotated' }] });
    later(40_000);
    expect(await at.outcome(credential)).toBe('HTTP 200');
    later(21_000);
    expect(await at.outcome(credential)).toMatch(/^settled: .*AADSTS7000215/);
  });

  it('that Azure takes for ended is replaced once, and the request goes again', async () => {
    const credential = at.credential(how);
    await at.outcome(credential);
    emulatorIsAheadMs = 2 * 3_600_000;
    expect(await at.outcome(credential)).toBe('HTTP 200');
    expect(at.tokenRequests()).toBe(2);
    expect(armRequests()).toBe(3);
  });

  it('that was revoked is replaced by one that satisfies the claims of the challenge', async () => {
    const credential = at.credential(how);
    await at.outcome(credential);
    at.emulator.tune({ sessionsRevokedAt: Date.now() + 60_000 });
    expect(await at.outcome(credential)).toBe('HTTP 200');
    expect(await at.outcome(credential)).toBe('HTTP 200');
    expect(at.tokenRequests()).toBe(2);
    expect(armRequests()).toBe(4);
  });

  it('is not asked for again and again when Azure refuses every one', async () => {
    at.emulator.fault({
      match: { method: 'GET', path: 'resourcegroups' },
      answer: { status: 401, body: { error: { code: 'InvalidAuthenticationToken', message: 'no' } } },
    });
    expect(await at.outcome(at.credential(how))).toBe('HTTP 401');
    expect(at.tokenRequests()).toBe(2);
    expect(armRequests()).toBe(2);
  });

  it.each([
    [429, 'Too many requests'],
    [500, 'Something broke'],
    [503, 'Busy'],
  ])('that the login host answers with %i is asked for soon, and the next try is a real one', async (status, text) => {
    const credential = at.credential(how);
    at.emulator.fault({ match: { path: 'oauth2' }, times: 1, answer: { status, body: { error: text } } });
    expect(await at.outcome(credential)).toMatch(/^soon: /);
    expect(await at.outcome(credential)).toBe('HTTP 200');
  });

  it('for another cloud is refused by Azure', async () => {
    const credential = at.credential(how);
    const elsewhere = { ...credential.cloud, audience: 'https://management.chinacloudapi.cn' };
    expect(await at.outcome({ ...credential, cloud: elsewhere })).toBe('HTTP 401');
  });

  it.each([
    'https://evil.test/subscriptions/x',
    'http://127.0.0.1/subscriptions/x',
    'https://127.0.0.1:1/subscriptions/x',
    '@evil.test/',
  ])('never goes to another host, whoever gave its URL (%s)', async (url) => {
    const credential = at.credential(how);
    await expect(at.ask(credential, { verb: 'GET', url })).rejects.toThrow(
      /refused to send a token to|InvalidURL|Invalid URL/,
    );
    expect(at.tokenRequests()).toBe(0);
  });

  it('never goes over plain HTTP', async () => {
    const credential = at.credential(how);
    const plain = { ...credential.cloud, endpoint: at.emulator.adminUrl };
    expect(await at.outcome({ ...credential, cloud: plain })).toMatch(/refused to send a token over plain HTTP/);
    expect(at.tokenRequests()).toBe(0);
  });
});

describe('tokens of additional tenants', () => {
  const network = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/v?api-version=2020-11-01`;
  const peered = {
    location: 'westus2',
    properties: { remote: `/subscriptions/${LINKED}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/w` },
  };
  const put = { verb: 'PUT' as const, url: network, body: peered };

  it("come along, so that another tenant's subscription may be named", async () => {
    expect((await at.ask(at.credential(how), put)).status).toBe(403);
    // What is left to complain about is not the tenant.
    const answer = await at.ask(at.credential(how, { additionalTenants: [OTHER] }), put);
    expect(answer.status).not.toBe(403);
    expect(at.tokenRequests()).toBe(3);
  });

  it('are refused by name when the tenant does not know the application', async () => {
    at.emulator.tune({ clients: [application] });
    expect(await at.outcome(at.credential(how, { additionalTenants: [OTHER] }))).toMatch(/AADSTS700016/);
  });
});

describe('a proxy', () => {
  it('carries requests to ARM and to the login host, with its password, and the private CA is trusted through it', async () => {
    const through = await signIn({ emulator: { clients: [application] } });
    const proxy = await connectProxy(Number(new URL(through.emulator.endpoint).port));
    const named = {
      authorityHost: 'https://azure.test',
      endpoint: 'https://azure.test',
      audience: 'https://azure.test',
    };
    const environment = { HTTPS_PROXY: proxy.url.replace('://', '://me:hush@') };
    const sign = (more: Record<string, string>) => signIn({ proxy: proxySettings({ ...environment, ...more }) });
    const proxied = await sign({ NO_PROXY: '10.0.0.0/8,.svc' });
    const direct = await sign({ NO_PROXY: 'azure.test' });
    try {
      expect(await proxied.outcome(proxied.credential(how, { cloud: named }))).toBe('HTTP 200');
      expect(new Set(proxy.tunnels)).toEqual(new Set(['azure.test:443']));
      expect(new Set(proxy.logins)).toEqual(new Set(['me:hush']));
      const seen = proxy.tunnels.length;
      expect(await direct.outcome(direct.credential(how, { cloud: named }))).toMatch(/^soon: /);
      expect(proxy.tunnels.length).toBe(seen);
    } finally {
      await Promise.all([through.stop(), proxied.stop(), direct.stop(), proxy.stop()]);
    }
  });

  it('that refuses is named, without its password', async () => {
    const proxy = await connectProxy();
    const behind = await signIn({ proxy: proxySettings({ HTTPS_PROXY: proxy.url.replace('://', '://me:hush@') }) });
    const cloud = {
      authorityHost: 'https://azure.test',
      endpoint: 'https://azure.test',
      audience: 'https://azure.test',
    };
    try {
      const outcome = await behind.outcome(behind.credential(how, { cloud }));
      expect(outcome).toMatch(
        /^soon: .*Failed to establish tunnel to azure\.test:443 via http:\/\/127\.0\.0\.1:\d+\/: HTTP\/1\.1 407/,
      );
      expect(outcome).not.toContain('hush');
    } finally {
      await Promise.all([behind.stop(), proxy.stop()]);
    }
  });
});
