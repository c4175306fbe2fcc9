// Contract 3 and 11, arm-protocol 7 and 8: deletion in all its forms. It always ends, or names what it waits for and what to do.

import { describe, expect, it } from 'vitest';
import { POLLER_CREATE, POLLER_DELETE, toToken } from '../../../src/arm/operation.ts';
import type { ArmAnswer } from '../../../src/arm/request.ts';
import * as names from '../../../src/reconcile/annotations.ts';
import { fatal, warning } from '../../../src/reconcile/failure.ts';
import type { Observed } from '../../../src/reconcile/observed.ts';
import { type Leaving, orphanNote } from '../../../src/reconcile/orphan.ts';
import {
  ACCOUNT_ID,
  annotated,
  answer,
  claimed,
  deleting,
  fresh,
  type Given,
  later,
  OPERATOR,
  OTHER_SUB,
  observed,
  refusal,
  run,
  SUB,
  settled,
} from '../../support/observed.ts';

const POLL = `https://arm.example/subscriptions/${SUB}/operationresults/1`;
const THERE = answer(200, {});
const leaving = (given: Given = {}): Observed => {
  const begun = settled(given);
  return { ...begun, object: deleting(begun.object) };
};
const unborn = (given: Given = {}): Observed => observed({ ...given, object: deleting(given.object ?? claimed()) });

describe('what ends without a DELETE', () => {
  const noCredential = { ok: false as const, failure: warning('Failed', 'no credential') };
  const rows: readonly { readonly because: string; readonly begun: Observed; readonly end?: 'leave' }[] = [
    {
      because: 'it was never claimed',
      begun: unborn({ object: { ...fresh(), metadata: { ...fresh().metadata, finalizers: [names.FINALIZER] } } }),
    },
    {
      because: 'it was never claimed and there is no credential',
      begun: unborn({
        credential: noCredential,
        object: { ...fresh(), metadata: { ...fresh().metadata, finalizers: [names.FINALIZER] } },
      }),
    },
    { because: 'policy skip', begun: leaving({ policy: 'skip' }) },
    { because: 'policy detach-on-delete', begun: leaving({ policy: 'detach-on-delete' }) },
    {
      because: 'detach-on-delete needs no credential',
      begun: leaving({ policy: 'detach-on-delete', credential: noCredential }),
    },
    {
      because: 'detach-on-delete goes past a mismatch, a protection and a rival',
      begun: {
        ...leaving({ policy: 'detach-on-delete', object: annotated(claimed(), { [names.PROTECT]: 'true' }) }),
        rival: () => 'x',
      },
    },
    {
      because: 'nothing was ever sent for an id in another subscription',
      begun: unborn({ subscriptionId: OTHER_SUB }),
    },
    {
      because: 'our finalizer is off and another is on',
      begun: unborn({ object: { ...fresh(), metadata: { ...fresh().metadata, finalizers: ['a/b'] } } }),
      end: 'leave',
    },
    {
      because: 'another operator holds it',
      begun: leaving({ object: annotated(claimed(), { [names.OPERATOR_NAMESPACE]: 'other' }) }),
      end: 'leave',
    },
  ];
  it.each(rows)('$because', ({ begun, end = 'release' }) => {
    const ran = run(begun);
    expect(ran.sent).toEqual([]);
    expect(ran.end.do).toBe(end);
  });
});

describe('what a DELETE comes to', () => {
  interface Row {
    readonly because: string;
    readonly exists?: ArmAnswer;
    readonly answer?: ArmAnswer;
    readonly sent?: readonly string[];
  }
  const both = [`GET ${ACCOUNT_ID}`, `DELETE ${ACCOUNT_ID}`];
  const released: readonly Row[] = [
    { because: 'it is gone from Azure', exists: refusal(404, 'ResourceNotFound'), sent: [`GET ${ACCOUNT_ID}`] },
    {
      because: 'its group is gone from Azure',
      exists: refusal(404, 'ResourceGroupNotFound'),
      sent: [`GET ${ACCOUNT_ID}`],
    },
    { because: 'it is deleted at once', answer: answer(200), sent: both },
    { because: 'there was nothing to delete', answer: answer(204), sent: both },
    { because: 'it went between the look and the DELETE', answer: refusal(404, 'ResourceNotFound'), sent: both },
    {
      because: 'its parent went between the look and the DELETE',
      answer: refusal(404, 'ParentResourceNotFound'),
      sent: both,
    },
    {
      because: 'the look was refused and the DELETE is not',
      exists: refusal(500, 'Internal'),
      answer: answer(200),
      sent: both,
    },
    {
      because: 'the look was forbidden and the DELETE is not',
      exists: refusal(403, 'AuthorizationFailed'),
      answer: answer(200),
      sent: both,
    },
  ];
  it.each(released)('released: $because', ({ exists = THERE, answer: deleted, sent }) => {
    const ran = run(leaving(), { exists, ...(deleted === undefined ? {} : { delete: deleted }) });
    expect(ran.end.do).toBe('release');
    expect(ran.sent).toEqual(sent);
  });

  it.each([
    {
      code: 'ScopeLocked',
      status: 409,
      again: { kind: 'after', lane: 'background' },
      because: 'a lock is looked at once per sync period',
    },
    {
      code: 'ResourceGroupBeingDeleted',
      status: 409,
      again: { kind: 'backoff', capMs: 180_000 },
      because: 'the group goes by itself',
    },
    { code: 'Conflict', status: 409, again: { kind: 'backoff', capMs: 180_000 }, because: 'somebody else works on it' },
    {
      code: 'InUseSubnetCannotBeDeleted',
      status: 400,
      again: { kind: 'backoff', capMs: 180_000 },
      because: 'its users are mostly on their way out too',
    },
    {
      code: 'InvalidTemplate',
      status: 400,
      again: { kind: 'backoff', capMs: 180_000 },
      because: 'a deletion is never given up, whatever the class',
    },
    {
      code: 'AuthorizationFailed',
      status: 403,
      again: { kind: 'backoff', capMs: 180_000 },
      because: 'the right may come',
    },
    {
      code: 'RequestDisallowedByPolicy',
      status: 403,
      again: { kind: 'backoff', capMs: 180_000 },
      because: 'the policy may go',
    },
  ])('$status $code is a Warning and tried again: $because', ({ code, status, again }) => {
    const ran = run(leaving(), { exists: THERE, delete: refusal(status, code, 'what blocks is named here') });
    expect(ran.ready).toMatchObject({ severity: 'Warning', reason: code, message: 'what blocks is named here' });
    expect(ran.end).toMatchObject({ again });
  });

  it('a hook cannot make it final', () => {
    const hooks = { classify: () => fatal('Own', 'mine') };
    const ran = run({ ...leaving(), hooks }, { exists: THERE, delete: refusal(500, 'X') });
    expect(ran.ready).toMatchObject({ severity: 'Warning', reason: 'Own' });
    expect(ran.end).not.toMatchObject({ again: { kind: 'never' } });
  });

  it('a Retry-After is honoured', () => {
    const ran = run(leaving(), {
      exists: THERE,
      delete: answer(429, { error: { code: 'TooMany', message: 'm' } }, { 'retry-after': '17' }),
    });
    expect(ran.end).toMatchObject({ again: { kind: 'after', afterMs: 17_000 } });
  });

  it('the owner object is not needed', () => {
    const owner = { state: 'unresolved' as const, failure: warning('WaitingForOwner', 'gone', 'soon') };
    expect(run({ ...leaving(), owner }, { exists: THERE, delete: answer(200) }).end.do).toBe('release');
  });

  it('inputs are not needed', () => {
    const inputs = { ok: false as const, failure: warning('SecretNotFound', 'gone', 'soon') };
    expect(run({ ...leaving(), inputs }, { exists: THERE, delete: answer(200) }).end.do).toBe('release');
  });
});

describe('a delete that Azure works on', () => {
  const begun = run(leaving(), {
    exists: THERE,
    delete: answer(202, undefined, { location: POLL, 'retry-after': '15' }),
  });

  it('is noted and polled, and the object says Deleting', () => {
    expect(begun.end).toMatchObject({ again: { kind: 'after', afterMs: 15_000 }, progress: 'polled' });
    expect(begun.after.metadata.annotations).toMatchObject({
      [names.POLLER_RESUME_ID]: POLLER_DELETE,
      [names.POLLER_RESUME_TOKEN]: toToken({ style: 'location', url: POLL, verb: 'DELETE' }),
    });
    // The deletion timestamp bumps the generation in a real cluster; in the same one Info does not replace True (contract 7.3).
    expect(begun.ready?.reason).toBe('Succeeded');
  });

  it('says Deleting when the deletion has bumped the generation', () => {
    const later2 = leaving();
    const bumped = { ...later2, object: { ...later2.object, metadata: { ...later2.object.metadata, generation: 2 } } };
    const ran = run(bumped, { exists: THERE, delete: answer(202, undefined, { location: POLL }) });
    expect(ran.ready).toMatchObject({ reason: 'Deleting', severity: 'Info' });
  });

  it.each([
    { because: 'done', poll: answer(200) },
    { because: 'done, with nothing to say', poll: answer(204) },
    { because: 'its address went with the resource', poll: refusal(404, 'NotFound') },
  ])('ends: $because', ({ poll }) => {
    const ran = run(later(begun), { deletePoll: poll });
    expect(ran.sent).toEqual([`GET ${POLL}`]);
    expect(ran.end.do).toBe('release');
  });

  it('fails late: it is told, and sent anew', () => {
    const failed = run(later(begun), {
      deletePoll: refusal(409, 'ResourceGroupDeletionBlocked', 'x could not be deleted'),
    });
    expect(failed.ready).toMatchObject({ severity: 'Warning', reason: 'ResourceGroupDeletionBlocked' });
    expect(run(later(failed), { exists: THERE, delete: answer(200) }).end.do).toBe('release');
  });
});

describe('a create in progress does not hold a deletion up', () => {
  const object = annotated(claimed(), {
    [names.POLLER_RESUME_TOKEN]: toToken({ style: 'location', url: POLL, verb: 'PUT' }),
    [names.POLLER_RESUME_ID]: POLLER_CREATE,
  });
  const hidden = { exists: refusal(404, 'ResourceNotFound') };
  const looks = [`GET ${ACCOUNT_ID}`, `GET ${POLL}`];

  it('unless Azure does not show what it makes before it is made: it would come when nobody waits for it', () => {
    const ran = run(unborn({ object }), { ...hidden, poll: answer(202, undefined, { 'retry-after': '15' }) });
    expect(ran.sent).toEqual(looks);
    expect(ran.end).toMatchObject({ do: 'report', again: { kind: 'after', afterMs: 15_000 } });
    expect(ran.ready).toMatchObject({ severity: 'Info', reason: 'Deleting' });
    expect(ran.ready?.message).toContain('detach-on-delete');
  });

  const there = 'look:is it there now?';
  it.each([
    { because: 'made: it is deleted', poll: answer(200, {}), again: THERE, deletes: true },
    { because: 'failed, and nothing is there', poll: answer(200, { status: 'Failed' }), again: hidden.exists },
    { because: 'failed, and something is there', poll: answer(200, { status: 'Failed' }), again: THERE, deletes: true },
    { because: 'forgotten by Azure', poll: refusal(404, 'NotFound'), again: hidden.exists },
  ])('once it is $because', ({ poll, again, deletes = false }) => {
    const ran = run(unborn({ object }), { ...hidden, poll, [there]: again, delete: answer(200) });
    expect(ran.sent).toEqual([...looks, `GET ${ACCOUNT_ID}`, ...(deletes ? [`DELETE ${ACCOUNT_ID}`] : [])]);
    expect(ran.end.do).toBe('release');
  });

  it('an operation that cannot be read is given up after some looks, and the object goes', () => {
    const failing = run({ ...unborn({ object }), attempts: 10 }, { ...hidden, poll: refusal(500, 'Internal') });
    expect(failing.after.metadata.annotations).not.toHaveProperty(names.POLLER_RESUME_TOKEN);
    expect(run(later(failing), hidden).end.do).toBe('release');
  });

  it('the DELETE is sent at once', () => {
    const ran = run(unborn({ object }), { exists: THERE, delete: answer(202, undefined, { location: POLL }) });
    expect(ran.sent).toEqual([`GET ${ACCOUNT_ID}`, `DELETE ${ACCOUNT_ID}`]);
    expect(ran.after.metadata.annotations).toMatchObject({ [names.POLLER_RESUME_ID]: POLLER_DELETE });
  });
});

describe('what blocks a deletion is named, with what to do', () => {
  const kept = 'detach-on-delete';
  it('a credential that is gone (the namespace ends and took its Secret first)', () => {
    const ran = run({ ...leaving(), credential: { ok: false, failure: warning('Failed', 'no credential') } });
    expect(ran.sent).toEqual([]);
    expect(ran.ready?.message).toMatch(/no credential.*detach-on-delete/);
    expect(ran.end).toMatchObject({ again: { kind: 'backoff', capMs: 180_000 } });
  });

  it('a type that Azure cannot delete by itself', () => {
    const kind = 'storage.azure.com/StorageAccountsBlobService';
    const object = deleting(annotated(claimed(), { [names.RESOURCE_ID]: `${ACCOUNT_ID}/blobServices/default` }));
    const owner = { state: 'arm' as const, id: ACCOUNT_ID };
    const ran = run(observed({ kind, owner, object }), { exists: THERE });
    expect(ran.ready).toMatchObject({ severity: 'Warning', reason: 'DeletionNotSupportedInAzure' });
    expect(ran.ready?.message).toContain(kept);
    expect(ran.end).toMatchObject({ again: { kind: 'after', lane: 'background' } });
    expect(run(observed({ kind, owner, object }), { exists: refusal(404, 'X') }).end.do).toBe('release');
  });

  it('a protection, where admission let the deletion through', () => {
    const ran = run(leaving({ object: annotated(claimed(), { [names.PROTECT]: 'true' }) }));
    expect(ran.sent).toEqual([]);
    expect(ran.ready).toMatchObject({ severity: 'Warning', reason: 'Protected' });
    expect(ran.ready?.message).toContain(kept);
  });

  it('a word other than true protects nothing', () => {
    const ran = run(leaving({ object: annotated(claimed(), { [names.PROTECT]: 'yes' }) }), { exists: answer(404) });
    expect(ran.end.do).toBe('release');
  });

  it('a delete that runs already is followed to its end, protected or not', () => {
    const object = annotated(claimed(), {
      [names.PROTECT]: 'true',
      [names.POLLER_RESUME_TOKEN]: toToken({ style: 'location', url: POLL, verb: 'DELETE' }),
      [names.POLLER_RESUME_ID]: POLLER_DELETE,
    });
    expect(run(leaving({ object }), { deletePoll: answer(200) }).end.do).toBe('release');
  });
});

describe('a mismatch of subscriptions', () => {
  const moved = (begun: Observed): Observed => {
    const { credential } = observed({ subscriptionId: OTHER_SUB });
    return { ...begun, credential };
  };

  it('blocks the deletion of what was sent, sends nothing, and says how it can go', () => {
    const ran = run(moved(leaving()));
    expect(ran.sent).toEqual([]);
    expect(ran.ready).toMatchObject({ severity: 'Error', reason: 'SubscriptionMismatch' });
    expect(ran.ready?.message).toContain('detach-on-delete');
  });

  it('blocks it after a refused PUT too: what was sent may be there', () => {
    const refused = run(observed(), { put: refusal(409, 'Conflict') });
    const ran = run(moved({ ...later(refused), object: deleting(refused.after) }));
    expect(ran.end.do).toBe('report');
  });

  it("blocks it for an object of the original's, which remembers nothing but has a status", () => {
    const object = deleting(claimed({ status: { id: ACCOUNT_ID } }));
    expect(run(moved(observed({ object }))).end.do).toBe('report');
  });
});

describe('an object that goes without our release', () => {
  const ready = settled().object;
  /** As `kubectl replace` leaves it: finalizer, annotations and labels are gone, the status stays. */
  const stripped = { ...ready, metadata: { ...ready.metadata, finalizers: [], annotations: {}, labels: {} } };
  const rows: readonly (Partial<Leaving> & { readonly because: string; readonly tells: string | undefined })[] = [
    { because: 'deleted, and its finalizer taken off by hand', object: deleting(ready), tells: ACCOUNT_ID },
    { because: 'stripped and deleted before it was put right', object: stripped, tells: 'acc' },
    {
      because: 'the same, with what Azure has shown of it',
      object: { ...stripped, status: { ...(stripped.status as object), id: ACCOUNT_ID } as never },
      tells: ACCOUNT_ID,
    },
    { because: 'claimed, and a PUT may be on its way', object: claimed(), tells: ACCOUNT_ID },
    { because: 'never claimed', object: fresh(), tells: undefined },
    { because: 'meant to stay', object: ready, policy: 'detach-on-delete', tells: undefined },
    { because: 'only looked at', object: ready, policy: 'skip', tells: undefined },
    {
      because: "another operator's",
      object: annotated(ready, { [names.OPERATOR_NAMESPACE]: 'other' }),
      tells: undefined,
    },
    {
      because: 'Azure is deleting it',
      object: annotated(deleting(ready), {
        [names.POLLER_RESUME_ID]: POLLER_DELETE,
        [names.POLLER_RESUME_TOKEN]: toToken({ url: POLL, verb: 'DELETE', style: 'location' } as never),
      }),
      tells: undefined,
    },
  ];
  it.each(rows)('$because', ({ tells, because: _, ...leaving }) => {
    const note = orphanNote({ object: ready, policy: 'manage', operator: OPERATOR, ...leaving });
    expect(note?.message.includes(tells ?? '')).toBe(tells === undefined ? undefined : true);
    expect(note?.type).toBe(tells === undefined ? undefined : 'Warning');
  });
});
