import { describe, expect, test } from 'vitest';
import type { Request } from '../../../src/emulator/message.ts';
import { difference, forArm, masked, match, openRecording, shortened } from '../../../src/emulator/replay-matching.ts';
import type { Json } from '../../../src/values/json.ts';

const THING = '/subscriptions/s/resourceGroups/rg/providers/Microsoft.A/things/x';

function asking(method: string, url: string, body?: Json): Request {
  const [path = '', query = ''] = url.split('?', 2);
  return { method, path, query: new URLSearchParams(query), headers: {}, body, text: '', base: 'https://replay.test' };
}

const exchange = (n: number, method: string, url: string, status: number, extra: object = {}) => ({
  n,
  method,
  url,
  status,
  ...extra,
});

describe('the next answer', () => {
  test('is the one after the last of the same method, path and query, and the last one stays', () => {
    const recording = openRecording([
      exchange(1, 'GET', `${THING}?api-version=1`, 404),
      exchange(2, 'GET', `${THING}?api-version=1`, 200, { responseBody: { at: 2 } }),
    ]);
    const statuses = [1, 2, 3].map(() => match(recording, asking('GET', `${THING}?api-version=1`)).answer.status);
    expect(statuses).toEqual([404, 200, 200]);
  });

  test.each([
    ['letter case', `${THING.toUpperCase()}?API-VERSION=1`.replace('API-VERSION', 'api-version')],
    ['the signature of a poll URL', `${THING}?t=9&api-version=1&s=x&c=y&h=z`],
    ['percent-encoding', `${THING.replace('x', '%78')}?api-version=1`],
  ])('does not depend on %s', (_because, url) => {
    const recording = openRecording([exchange(1, 'GET', `${THING}?api-version=1&t=1&c=2&s=3&h=4`, 200)]);
    expect(match(recording, asking('GET', url)).from?.n).toBe(1);
  });

  test('leaves out reads that were recorded before the write that was just answered', () => {
    const recording = openRecording([
      exchange(1, 'GET', `${THING}?api-version=1`, 200, { responseBody: { state: 'Creating' } }),
      exchange(2, 'GET', `${THING}?api-version=1`, 200, { responseBody: { state: 'Old' } }),
      exchange(3, 'PUT', `${THING}?api-version=1`, 200, { requestBody: {} }),
      exchange(4, 'GET', `${THING}?api-version=1`, 200, { responseBody: { state: 'New' } }),
    ]);
    match(recording, asking('PUT', `${THING}?api-version=1`, {}));
    expect(match(recording, asking('GET', `${THING}?api-version=1`)).answer.body).toEqual({ state: 'New' });
  });

  test('is 404 after a DELETE, for what was below it too', () => {
    const recording = openRecording([
      exchange(1, 'GET', `${THING}?api-version=1`, 200),
      exchange(2, 'GET', `${THING}/parts/y?api-version=1`, 200),
      exchange(3, 'DELETE', `${THING}?api-version=1`, 200),
    ]);
    match(recording, asking('DELETE', `${THING}?api-version=1`));
    expect(match(recording, asking('GET', `${THING}?api-version=1`)).answer.status).toBe(404);
    expect(match(recording, asking('GET', `${THING}/parts/y?api-version=1`)).answer.status).toBe(404);
    expect(match(recording, asking('DELETE', `${THING}/parts/y?api-version=1`)).answer.status).toBe(404);
  });

  test('of a read that was never recorded is the body of the last write', () => {
    const recording = openRecording([
      exchange(1, 'PUT', `${THING}?api-version=1`, 201, { requestBody: {}, responseBody: { made: true } }),
    ]);
    expect(match(recording, asking('GET', `${THING}?api-version=1`)).answer.status).toBe(404);
    match(recording, asking('PUT', `${THING}?api-version=1`, {}));
    expect(match(recording, asking('GET', `${THING}?api-version=1`)).answer).toMatchObject({
      status: 200,
      body: { made: true },
    });
  });

  test('of a write that was never recorded is a finding', () => {
    expect(match(openRecording([]), asking('PUT', `${THING}?api-version=1`, {})).isUnexpected).toBe(true);
    expect(match(openRecording([]), asking('DELETE', `${THING}?api-version=1`)).isUnexpected).toBeUndefined();
  });

  test('carries the caller’s own base in URLs and asks for no patience', () => {
    const recording = openRecording([
      exchange(1, 'PUT', `${THING}?api-version=1`, 202, {
        requestBody: {},
        responseHeaders: { 'Azure-AsyncOperation': '{{endpoint}}/op?api-version=1', 'Retry-After': '60' },
      }),
    ]);
    expect(match(recording, asking('PUT', `${THING}?api-version=1`, {})).answer.headers).toMatchObject({
      'Azure-AsyncOperation': 'https://replay.test/op?api-version=1',
      'Retry-After': '0',
    });
  });
});

describe('equality of bodies', () => {
  test.each([
    ['the order of members does not matter', { a: 1, b: 2 }, { b: 2, a: 1 }, undefined],
    ['the order of elements does', { a: [1, 2] }, { a: [2, 1] }, 'a[0]: sent 1, recorded 2'],
    ['what is missing is named', { a: {} }, { a: { b: 1 } }, 'a.b: sent nothing, recorded 1'],
    ['{} is not nothing', { tags: {} }, {}, 'tags: sent {}, recorded nothing'],
  ])('%s', (_because, sent, recorded, found) => {
    expect(difference(sent, recorded)).toBe(found);
  });

  test('for ARM neither the top-level name nor a null counts', () => {
    expect(difference(forArm({ name: 'x', tags: null, a: { b: null } }), forArm({ a: {} }))).toBeUndefined();
  });

  test.each([
    ['times', '2024-05-06T07:08:09.123Z', '2001-02-03T04:05:06Z'],
    ['ssh keys', 'ssh-rsa AAAAB3Nz+/=', 'ssh-rsa {KEY}'],
    ['keys', `${'a'.repeat(43)}=`, '{KEY}'],
  ])('%s are masked as the recordings are', (_because, value, text) => {
    expect(masked({ value })).toEqual({ value: text });
  });
});

test('a request that was refused in the same words many times is refused twice', () => {
  const put = (n: number, status: number, code?: string) => ({
    n,
    method: 'PUT',
    url: '/a?api-version=1',
    status,
    ...(code === undefined ? {} : { responseBody: { error: { code } } }),
  });
  const recorded = [
    put(0, 404, 'NotFound'),
    put(1, 404, 'NotFound'),
    put(2, 404, 'NotFound'),
    put(3, 400, 'NotProvisioned'),
    put(4, 201),
    put(5, 201),
  ];
  expect(shortened(recorded).map((exchange) => exchange.n)).toEqual([0, 1, 3, 4, 5]);
});

test('a poll whose last answer was a failing gateway is not known afterwards', () => {
  const recording = openRecording([exchange(0, 'GET', '/operations/1?api-version=1', 503)]);
  const statuses = [1, 2, 3].map(() => match(recording, asking('GET', '/operations/1?api-version=1')).answer.status);
  expect(statuses).toEqual([503, 404, 404]);
});
