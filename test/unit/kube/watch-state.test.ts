import { describe, expect, it } from 'vitest';
import { advanced, again, BEGIN, readEvent, setback, synced, type WatchState } from '../../../src/kube/watch-state.ts';

const watching: WatchState = synced(BEGIN, '7');

describe('the list-watch', () => {
  it.each([
    {
      because: 'a server without streaming lists is listed by pages at once',
      from: BEGIN,
      what: { status: 400, chance: 0 },
      mode: 'list',
      waitMs: 0,
    },
    {
      because: 'a streaming list that hung or was cut is done by pages',
      from: BEGIN,
      what: { status: 0, chance: 0 },
      mode: 'list',
      waitMs: 0,
    },
    {
      because: 'a gap leads back to the list',
      from: watching,
      what: { status: 410, chance: 0 },
      mode: 'stream',
      waitMs: 0,
    },
    {
      because: 'the server says how long to wait',
      from: BEGIN,
      what: { status: 429, retryAfterMs: 1000, chance: 0 },
      mode: 'stream',
      waitMs: 1000,
    },
    {
      because: 'but not for hours: nothing would be heard meanwhile',
      from: BEGIN,
      what: { status: 429, retryAfterMs: 86_400_000, chance: 0 },
      mode: 'stream',
      waitMs: 60_000,
    },
    {
      because: 'a lost connection goes on where it was',
      from: watching,
      what: { status: 0, chance: 1 },
      mode: 'watch',
      waitMs: 200,
    },
    {
      because: 'an unserved kind is asked again soon, however often',
      from: { ...BEGIN, lost: 20 },
      what: { status: 404, chance: 1 },
      mode: 'stream',
      waitMs: 5000,
    },
    {
      because: 'a server that was away for long is found within seconds of its return',
      from: { ...watching, lost: 20 },
      what: { status: 0, chance: 1 },
      mode: 'watch',
      waitMs: 5000,
    },
    {
      because: 'those who lost it at one moment do not come back to it at one moment',
      from: { ...watching, lost: 20 },
      what: { status: 0, chance: 0.1 },
      mode: 'watch',
      waitMs: 500,
    },
    {
      because: 'one that has come back and does not know the rights yet is asked again soon',
      from: { ...watching, lost: 20 },
      what: { status: 403, chance: 1 },
      mode: 'watch',
      waitMs: 200,
    },
    {
      because: 'one that goes on refusing is asked ever more slowly',
      from: { ...watching, refused: 20 },
      what: { status: 403, chance: 1 },
      mode: 'watch',
      waitMs: 30_000,
    },
  ])('$because', ({ from, what, mode, waitMs }) => {
    const next = setback(from, what);
    expect(next.state.mode).toBe(mode);
    expect(next.waitMs).toBe(waitMs);
  });

  it('forgets its failures with the first event, and never asks a server twice for what it refused', () => {
    expect(advanced({ ...watching, lost: 3, refused: 2 }, '9')).toMatchObject({
      resourceVersion: '9',
      lost: 0,
      refused: 0,
    });
    expect(again(setback(BEGIN, { status: 400, chance: 0 }).state).mode).toBe('list');
  });

  it('reads events, and takes what is unreadable for an error', () => {
    expect(readEvent('{"type":"ADDED","object":{"metadata":{}}}').type).toBe('put');
    expect(readEvent('{"type":"DELETED","object":{}}').type).toBe('gone');
    expect(
      readEvent(
        '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"5","annotations":{"k8s.io/initial-events-end":"true"}}}}',
      ),
    ).toEqual({ type: 'bookmark', resourceVersion: '5', isEndOfList: true });
    expect(readEvent('{"type":"ERROR","object":{"code":410}}')).toEqual({ type: 'error', status: 410 });
    for (const line of ['', '{', '[]', '{"type":"ADDED"}'])
      expect(readEvent(line)).toEqual({ type: 'error', status: 0 });
  });
});
