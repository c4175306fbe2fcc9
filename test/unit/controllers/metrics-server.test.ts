// Who may see what on the metrics server. The API server's answers are given; the pages, their guard and the certificates are real.

import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { eitherPages, metricsPages, profilePages } from '../../../src/controllers/metrics-pages.ts';
import { serveMetrics } from '../../../src/controllers/metrics-server.ts';
import type { PageRequest } from '../../../src/controllers/probes.ts';
import { guarded } from '../../../src/controllers/scrape-access.ts';
import { createCertificates } from '../../../src/controllers/serving-certificate.ts';
import type { KubeSend } from '../../../src/kube/types.ts';
import { makeCertificate } from '../../../src/values/certificate.ts';
import { isObject } from '../../../src/values/json.ts';

const NOW = Date.parse('2026-11-24T12:00:00Z');

const request = (path: string, token?: string, query = ''): PageRequest => ({
  path,
  query: new URLSearchParams(query),
  token,
});

/** An API server that knows two tokens; `prometheus` may get /metrics. */
function reviews(): { readonly send: KubeSend; readonly asked: string[] } {
  const asked: string[] = [];
  const send: KubeSend = async ({ path, body }) => {
    const spec = isObject(body) && isObject(body.spec) ? body.spec : {};
    asked.push(path.slice(path.lastIndexOf('/') + 1));
    if (path.endsWith('tokenreviews')) {
      const isKnown = spec.token === 'prometheus' || spec.token === 'guest';
      return {
        status: 201,
        body: { status: isKnown ? { authenticated: true, user: { username: String(spec.token), groups: [] } } : {} },
      };
    }
    const attributes = isObject(spec.nonResourceAttributes) ? spec.nonResourceAttributes : {};
    const allowed = spec.user === 'prometheus' && attributes.path === '/metrics' && attributes.verb === 'get';
    return { status: 201, body: { status: { allowed } } };
  };
  return { send, asked };
}

describe('callers', () => {
  const pages = eitherPages(metricsPages(new Registry()), profilePages());
  it.each([
    [request('/metrics'), 401, 'nobody says who they are'],
    [request('/metrics', 'stranger'), 401, 'the API server does not know the token'],
    [request('/metrics', 'guest'), 403, 'the caller has no right to the path'],
    [request('/metrics', 'prometheus'), 200, 'the caller may get the path'],
    [request('/debug/pprof/cmdline', 'prometheus'), 403, 'a right to one path is none to another'],
  ])('%o are answered with %i', async (asked, status, because) => {
    const guard = guarded(pages, { send: reviews().send, now: () => NOW, complain: () => undefined });
    expect((await guard(asked))?.status, because).toBe(status);
  });

  it('an answer counts for a minute, then the API server is asked again', async () => {
    const { send, asked } = reviews();
    let now = NOW;
    const guard = guarded(pages, { send, now: () => now, complain: () => undefined });
    await guard(request('/metrics', 'prometheus'));
    await guard(request('/metrics', 'prometheus'));
    expect(asked).toEqual(['tokenreviews', 'subjectaccessreviews']);
    now += 61_000;
    await guard(request('/metrics', 'prometheus'));
    expect(asked.length).toBe(4);
  });

  it('when the API server cannot be asked nobody sees anything, the log says why, and the next caller asks again', async () => {
    const said: string[] = [];
    let status = 403;
    const known = reviews();
    const guard = guarded(pages, {
      send: async (asked, signal) =>
        status === 403 ? { status, body: { message: 'tokenreviews is forbidden' } } : known.send(asked, signal),
      now: () => NOW,
      complain: (message) => said.push(message),
    });
    expect((await guard(request('/metrics', 'prometheus')))?.status).toBe(500);
    expect(said).toEqual(['a TokenReview was refused with 403: tokenreviews is forbidden']);
    status = 201;
    expect((await guard(request('/metrics', 'prometheus')))?.status).toBe(200);
  });
});

describe('profiles', () => {
  it('a CPU profile has nodes and samples', async () => {
    const page = await profilePages()(request('/debug/pprof/profile', undefined, 'seconds=1'));
    const profile: unknown = JSON.parse(page?.text ?? '');
    expect(isObject(profile) && Array.isArray(profile.nodes) && Array.isArray(profile.samples)).toBe(true);
  });

  it.each(['seconds=0', 'seconds=121', 'seconds=1.5', 'seconds=x'])(
    '%s is refused with what is allowed',
    async (query) => {
      const page = await profilePages()(request('/debug/pprof/profile', undefined, query));
      expect(page).toMatchObject({ status: 400, text: expect.stringContaining('from 1 to 120') });
    },
  );

  it('a heap snapshot is not to be had', async () => {
    expect(await profilePages()(request('/debug/pprof/heap'))).toBeUndefined();
  });
});

describe('certificates', () => {
  const folders: string[] = [];
  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'aso-cert-'));
    folders.push(made);
    return made;
  };
  afterEach(() => {
    for (const made of folders.splice(0)) rmSync(made, { recursive: true });
  });
  const put = async (into: string, now: number, days: number, name: string): Promise<void> => {
    const { certPem, keyPem } = await makeCertificate({ now, days, issuer: 'test', dnsNames: [name], ipAddresses: [] });
    writeFileSync(join(into, 'tls.crt'), certPem);
    writeFileSync(join(into, 'tls.key'), keyPem);
  };
  const source = (from: string, now: () => number, said: string[] = []) =>
    createCertificates({ folder: from, dnsNames: ['made.svc'], now, complain: (message) => said.push(message) });
  const subject = (pem: string): string => new X509Certificate(pem).subject;

  it('without a folder one is made for the names of the service, and kept', async () => {
    const certificates = source('', () => NOW);
    const first = await certificates();
    expect([first.source, subject(first.cert)]).toEqual(['made', 'CN=made.svc']);
    expect(await certificates()).toBe(first);
  });

  it('what is in the folder is served, changes are seen, and its loss is survived', async () => {
    const from = folder();
    const certificates = source(from, () => NOW);
    expect((await certificates()).source).toBe('made');
    await put(from, NOW, 30, 'first.svc');
    const first = await certificates();
    expect(subject(first.cert)).toBe('CN=first.svc');
    expect(await certificates()).toBe(first);
    await put(from, NOW, 30, 'second.svc');
    expect(subject((await certificates()).cert)).toBe('CN=second.svc');
    rmSync(join(from, 'tls.crt'));
    rmSync(join(from, 'tls.key'));
    expect((await certificates()).source).toBe('made');
  });

  it.each([
    ['ran out', async (into: string) => put(into, NOW - 40 * 86_400_000, 10, 'old.svc'), 'ran out at'],
    ['is half there', async (into: string) => writeFileSync(join(into, 'tls.crt'), 'x'), 'one of tls.crt and tls.key'],
    [
      'is no PEM',
      async (into: string) => {
        writeFileSync(join(into, 'tls.crt'), 'x');
        writeFileSync(join(into, 'tls.key'), 'y');
      },
      'cannot be used',
    ],
  ])('one that %s is told once, and one made on the spot takes its place', async (_, fill, told) => {
    const from = folder();
    const said: string[] = [];
    const certificates = source(from, () => NOW, said);
    await fill(from);
    expect((await certificates()).source).toBe('made');
    await certificates();
    expect(said).toEqual([expect.stringContaining(told)]);
  });

  it('the server speaks TLS with it and answers 401 to who has no token', async () => {
    const server = await serveMetrics({
      address: '127.0.0.1:0',
      isSecure: true,
      hasProfiles: false,
      certificateFolder: '',
      tlsMinVersion: 'TLSv1.3',
      podNamespace: 'ns',
      registry: new Registry(),
      send: reviews().send,
      now: () => Date.now(),
      complain: () => undefined,
    });
    try {
      const status = (token?: string): Promise<number | undefined> =>
        new Promise((resolve, reject) => {
          const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
          // The certificate is made on the spot: nobody can know its issuer.
          get({ port: server.port, path: '/metrics', rejectUnauthorized: false, headers }, (response) => {
            response.resume();
            resolve(response.statusCode);
          }).on('error', reject);
        });
      expect([await status(), await status('prometheus')]).toEqual([401, 200]);
    } finally {
      await server.close();
    }
  });
});
