// Long-running operations: every style of the protocol, and the traps.

import { describe, expect, it } from 'vitest';
import { fromToken, type Operation, polled, started, toToken } from '../../../src/arm/operation.ts';
import type { ArmAnswer, ArmRequest } from '../../../src/arm/request.ts';

const PUT: ArmRequest = { verb: 'PUT', url: '/x?api-version=1', body: {} };
const DELETE: ArmRequest = { verb: 'DELETE', url: '/x?api-version=1' };
const answer = (status: number, headers: Record<string, string> = {}, body?: ArmAnswer['body']): ArmAnswer => ({
  status,
  headers,
  body,
});
const state = (provisioningState: string) => ({ properties: { provisioningState } });
const NOW = Date.parse('2026-01-01T00:00:00Z');

describe('what an answer to a write started', () => {
  const rows: readonly {
    readonly because: string;
    readonly request: ArmRequest;
    readonly answer: ArmAnswer;
    readonly is: string;
    readonly style?: Operation['style'];
    readonly url?: string;
  }[] = [
    { because: 'a 200 that shows nothing of a state is done', request: PUT, answer: answer(200, {}, {}), is: 'done' },
    {
      because: 'a 201 with a relative Location is finished (identities)',
      request: PUT,
      answer: answer(201, { location: '/subscriptions/s' }, { id: 'x' }),
      is: 'done',
    },
    {
      because: 'a 201 with its own URL as Location is finished when its body says so (Redis)',
      request: PUT,
      answer: answer(201, { location: 'https://h/x' }, state('Succeeded')),
      is: 'done',
    },
    {
      because: 'Azure-AsyncOperation wins over Location',
      request: PUT,
      answer: answer(202, { 'azure-asyncoperation': 'https://h/a', location: 'https://h/l' }),
      is: 'running',
      style: 'async',
    },
    {
      because: 'Operation-Location is the same style',
      request: PUT,
      answer: answer(202, { 'operation-location': 'https://h/o' }),
      is: 'running',
      style: 'async',
    },
    {
      because: 'a named operation is over when the resource is Succeeded already (load balancers)',
      request: PUT,
      answer: answer(201, { 'azure-asyncoperation': 'https://h/a' }, state('Succeeded')),
      is: 'done',
    },
    {
      because: 'Location counts on a 202 (storage accounts)',
      request: PUT,
      answer: answer(202, { location: 'https://h/l' }),
      is: 'running',
      style: 'location',
    },
    {
      because: 'the resource itself is polled when nothing else is named (vaults)',
      request: PUT,
      answer: answer(200, {}, state('RegisteringDns')),
      is: 'running',
      style: 'resource',
    },
    {
      because: 'Created is not an end (Service Bus)',
      request: PUT,
      answer: answer(200, {}, state('Created')),
      is: 'running',
      style: 'resource',
    },
    {
      because: 'a failed state in the answer is a failure',
      request: PUT,
      answer: answer(200, {}, state('Failed')),
      is: 'failed',
    },
    { because: 'a delete is done with 200 and 204', request: DELETE, answer: answer(204), is: 'done' },
    {
      because: 'a delete that was accepted without a header runs on',
      request: DELETE,
      answer: answer(202),
      is: 'running',
      style: 'resource',
    },
    {
      because: 'a put that was accepted without a header or a body runs on: nothing says that it is there',
      request: PUT,
      answer: answer(202),
      is: 'running',
      style: 'resource',
    },
    {
      because: 'a header that came twice is two URLs, and the first one is polled',
      request: PUT,
      answer: answer(202, { 'azure-asyncoperation': 'https://h/a, https://h/b' }),
      is: 'running',
      style: 'async',
      url: 'https://h/a',
    },
    {
      because: 'a redirection of a put is a failure: what a proxy sends is no word of Azure',
      request: PUT,
      answer: answer(307, { location: 'https://elsewhere/x' }),
      is: 'failed',
    },
    {
      because: 'a redirection of a delete is a failure: taken for an end, the resource would be left behind',
      request: DELETE,
      answer: answer(302, { location: 'https://login.portal/' }),
      is: 'failed',
    },
    {
      because: 'a 4xx is a failure',
      request: PUT,
      answer: answer(409, {}, { error: { code: 'Conflict', message: 'm' } }),
      is: 'failed',
    },
  ];
  it.each(rows)('$because', (row) => {
    const progress = started(row.request, row.answer, NOW);
    expect(progress.state).toBe(row.is);
    if (progress.state === 'running') expect(progress.operation.style).toBe(row.style);
    if (row.url !== undefined) expect(progress).toMatchObject({ operation: { url: row.url } });
  });
});

describe('what a poll says', () => {
  const async: Operation = { style: 'async', url: 'https://h/a', verb: 'PUT' };
  const location: Operation = { style: 'location', url: 'https://h/l', verb: 'DELETE' };
  const resource: Operation = { style: 'resource', url: '/x', verb: 'PUT' };
  const rows: readonly {
    readonly because: string;
    readonly operation: Operation;
    readonly answer: ArmAnswer;
    readonly is: string;
  }[] = [
    {
      because: 'any other word runs on',
      operation: async,
      answer: answer(200, {}, { status: 'RegisteringDns' }),
      is: 'running',
    },
    ...[async, location, resource, { ...resource, verb: 'DELETE' as const }].map((operation) => ({
      because: `a redirection says nothing about the operation (${operation.style}, ${operation.verb})`,
      operation,
      answer: answer(302, { location: 'https://login.portal/' }),
      is: 'unread',
    })),
    {
      because: 'Succeeded ends it, also with an error beside it (AKS)',
      operation: async,
      answer: answer(200, {}, { status: 'Succeeded', error: { code: 'NotLatestOperation' } }),
      is: 'done',
    },
    {
      because: 'Canceled ends it badly, in both spellings',
      operation: async,
      answer: answer(200, {}, { status: 'Cancelled' }),
      is: 'failed',
    },
    {
      because: 'Failed with HTTP 200 is a failure',
      operation: async,
      answer: answer(200, {}, { status: 'failed', error: { code: 'C', message: 'm' } }),
      is: 'failed',
    },
    {
      because: 'a 503 on the status address says nothing about the operation',
      operation: async,
      answer: answer(503),
      is: 'unread',
    },
    { because: 'a Location answers 202 while it runs', operation: location, answer: answer(202), is: 'running' },
    { because: 'and 200 when it is over', operation: location, answer: answer(200), is: 'done' },
    { because: 'a Location that answers 409 failed', operation: location, answer: answer(409), is: 'failed' },
    { because: 'a Location that is throttled says nothing', operation: location, answer: answer(429), is: 'unread' },
    {
      because: 'a resource without a state is done',
      operation: resource,
      answer: answer(200, {}, { id: 'x' }),
      is: 'done',
    },
    {
      because: 'a resource that fails has failed',
      operation: resource,
      answer: answer(200, {}, state('Failed')),
      is: 'failed',
    },
    {
      because: 'a resource that is gone ends its deletion',
      operation: { ...resource, verb: 'DELETE' },
      answer: answer(404),
      is: 'done',
    },
  ];
  it.each(rows)('$because', (row) => {
    expect(polled(row.operation, row.answer, NOW).state).toBe(row.is);
  });

  it('Retry-After is seconds or a date', () => {
    expect(polled(async, answer(200, { 'retry-after': '15' }, { status: 'Running' }), NOW)).toMatchObject({
      afterMs: 15_000,
    });
    expect(
      polled(async, answer(200, { 'retry-after': 'Thu, 01 Jan 2026 00:00:07 GMT' }, { status: 'Running' }), NOW),
    ).toMatchObject({ afterMs: 7_000 });
  });
});

describe('resume tokens', () => {
  it('come back as they were', () => {
    const operation: Operation = { style: 'location', url: 'https://h/l', verb: 'DELETE' };
    expect(fromToken(toToken(operation))).toEqual(operation);
  });
  it('of the Go SDK are understood, and what is neither is nothing', () => {
    expect(
      fromToken(JSON.stringify({ type: 'x', token: { type: 'async', asyncURL: 'https://h/a', method: 'PUT' } })),
    ).toEqual({ style: 'async', url: 'https://h/a', verb: 'PUT' });
    for (const text of ['', '{', '[]', '{"style":"other","url":"u","verb":"PUT"}', '{"token":{"type":"loc"}}'])
      expect(fromToken(text)).toBeUndefined();
  });
});
