// Contract 8.2 (steps 3 to 16), 8.4 and 9: from a claimed object to a Ready one, and all that can come between.

import { describe, expect, it } from 'vitest';
import { POLLER_CREATE, POLLER_DELETE, toToken } from '../../../src/arm/operation.ts';
import * as names from '../../../src/reconcile/annotations.ts';
import { fatal, warning } from '../../../src/reconcile/failure.ts';
import { goalHash } from '../../../src/reconcile/goal.ts';
import { readMemo } from '../../../src/reconcile/memo.ts';
import type { Observed } from '../../../src/reconcile/observed.ts';
import type { JsonObject } from '../../../src/values/json.ts';
import {
  ACCOUNT_ID,
  annotated,
  answer,
  claimed,
  condition,
  type Given,
  later,
  OTHER_SUB,
  observed,
  ownerGroup,
  refusal,
  run,
  SUB,
  settled,
} from '../../support/observed.ts';

const POLL = `https://arm.example/subscriptions/${SUB}/operationresults/1`;
const accepted = answer(202, undefined, { location: POLL, 'retry-after': '7' });
const shown = answer(200, { id: ACCOUNT_ID, name: 'acc' });
const statusOf = (object: { readonly status?: unknown }): JsonObject => object.status as JsonObject;
const edited = (begun: Observed, generation = 2): Observed => ({
  ...begun,
  object: {
    ...begun.object,
    metadata: { ...begun.object.metadata, generation },
    spec: { ...(begun.object.spec as object), accessTier: `tier ${generation}` },
  } as never,
});

describe('a PUT that Azure does at once', () => {
  const ran = run(observed(), { put: answer(201, {}), read: shown });

  it('is read back, and the object is Ready', () => {
    expect(ran.sent).toEqual([`PUT ${ACCOUNT_ID}`, `GET ${ACCOUNT_ID}`]);
    expect(ran.ready).toMatchObject({ status: 'True', reason: 'Succeeded', message: '', observedGeneration: 1 });
    expect(ran.ready).not.toHaveProperty('severity');
  });

  it('carries the api-version that was applied', () => {
    expect(ran.requests[0]?.url).toMatch(/\?api-version=\d{4}-\d{2}-\d{2}$/);
  });

  it('replaces the status by what Azure shows, conditions kept', () => {
    expect(statusOf(ran.after)).toMatchObject({ id: ACCOUNT_ID, name: 'acc', observedGeneration: 1 });
  });

  it('is looked at again after the sync period, within a quarter of it', () => {
    expect(ran.end).toMatchObject({ again: { kind: 'after', lane: 'background' }, progress: 'made' });
    const { afterMs } = (ran.end as { again: { afterMs: number } }).again;
    expect(afterMs).toBeGreaterThanOrEqual(2_700_000);
    expect(afterMs).toBeLessThanOrEqual(4_500_000);
  });

  it('is not sent again by the next pass, nor after a restart', () => {
    const next = run(later(ran));
    expect(next.sent).toEqual([]);
    expect(next.end.do).toBe('leave');
  });
});

describe('when a PUT is owed', () => {
  interface Row {
    readonly because: string;
    readonly begun: Observed;
    readonly isSent: boolean;
  }
  const asked = (value: string | null): JsonObject => ({ [names.RECONCILE_REQUESTED_AT]: value });
  const changed = (changes: Partial<Observed>): Observed => ({ ...settled(), ...changes });
  const referring = claimed({
    spec: { networkAcls: { virtualNetworkRules: [{ reference: { group: 'g', kind: 'k', name: 'n' } }] } },
  });
  const withInput = <T extends object>(id: string, given: T): T & Pick<Observed, 'inputs'> => {
    const { inputs } = observed();
    if (!inputs.ok) throw new Error('inputs are resolved by default');
    return { ...given, inputs: { ok: true, value: { ...inputs.value, reference: () => id } } };
  };
  const rows: readonly Row[] = [
    { because: 'nothing changed and no sync is due', begun: settled(), isSent: false },
    { because: 'the spec changed', begun: edited(settled()), isSent: true },
    {
      because: 'an edit changed the generation and not the body (the original sends it)',
      begun: ((begun) => ({
        ...begun,
        object: { ...begun.object, metadata: { ...begun.object.metadata, generation: 2 } },
      }))(settled()),
      isSent: false,
    },
    { because: 'the sync period is over', begun: settled({}, 4_600_000), isSent: true },
    {
      because: 'sync is off',
      begun: settled(
        { operator: { namespace: 'azureserviceoperator-system', version: 'v1', syncPeriodMs: undefined, since: 0 } },
        1e12,
      ),
      isSent: false,
    },
    {
      because: "the object's own period is over",
      begun: settled({ object: annotated(claimed(), { [names.SYNC_PERIOD]: '1m' }) }, 80_000),
      isSent: true,
    },
    {
      because: "the object's own period is never",
      begun: settled({ object: annotated(claimed(), { [names.SYNC_PERIOD]: 'never' }) }, 1e12),
      isSent: false,
    },
    {
      because: 'a bad own period is as good as none',
      begun: settled({ object: annotated(claimed(), { [names.SYNC_PERIOD]: 'often' }) }, 80_000),
      isSent: false,
    },
    {
      because: 'a sync is asked for',
      begun: changed({ object: annotated(settled().object, asked('2026-11-24T12:00:00Z')) }),
      isSent: true,
    },
    {
      because: 'the sync that was asked for is done',
      begun: settled({ object: annotated(claimed(), asked('now')) }),
      isSent: false,
    },
    {
      because: 'taking the annotation off asks for nothing',
      begun: changed({
        object: annotated(settled({ object: annotated(claimed(), asked('now')) }).object, asked(null)),
      }),
      isSent: false,
    },
    {
      because: 'another version was applied (contract 9.5)',
      begun: changed({ apiVersion: '2023-01-01' }),
      isSent: true,
    },
    {
      because: 'a reference, a Secret or a ConfigMap that the body holds has another value',
      begun: withInput('/second', settled({ object: referring, ...withInput('/first', {}) })),
      isSent: true,
    },
    {
      because: 'policy detach-on-delete changes nothing',
      begun: changed({ policy: 'detach-on-delete' }),
      isSent: false,
    },
    { because: 'skip sends nothing, whatever changed', begun: { ...edited(settled()), policy: 'skip' }, isSent: false },
    {
      because: 'skip is over and the object was edited meanwhile',
      begun: { ...edited(settled({ policy: 'skip' })), policy: 'manage' },
      isSent: true,
    },
    {
      because: 'skip is over: what Azure has is not what was sent',
      begun: { ...settled({ policy: 'skip' }), policy: 'manage' },
      isSent: true,
    },
    {
      because: 'Azure was working on it and the operation is lost (the annotations were stripped)',
      begun: changed({
        object: {
          ...settled().object,
          status: {
            ...statusOf(settled().object),
            lastSync: { ...(statusOf(settled().object).lastSync as object), pending: true },
          },
        } as never,
      }),
      isSent: true,
    },
  ];
  it.each(rows)('$because: $isSent', ({ begun, isSent }) => {
    const ran = run(begun, { put: answer(200, {}), read: shown });
    expect(ran.sent.some((request) => request.startsWith('PUT'))).toBe(isSent);
    expect(ran.end.do === 'leave' || ran.ready?.status === 'True').toBe(true);
  });

  it('what reconcile-requested-at held is echoed in status.lastSync', () => {
    const begun = observed({ object: annotated(claimed(), asked('2026-11-24T12:00:00Z')) });
    const ran = run(begun, { put: answer(200, {}), read: shown });
    expect(statusOf(ran.after).lastSync).toMatchObject({ requestedAt: '2026-11-24T12:00:00Z' });
  });
});

describe('a PUT that Azure works on', () => {
  const begun = run(observed(), { put: accepted });

  it('is noted on the object, all of it, and polled when Azure said', () => {
    expect(begun.end).toMatchObject({ do: 'report', again: { kind: 'after', afterMs: 7000 }, progress: 'polled' });
    expect(begun.ready).toMatchObject({ status: 'False', severity: 'Info', reason: 'Reconciling' });
    expect(begun.after.metadata.annotations).toMatchObject({
      [names.POLLER_RESUME_TOKEN]: toToken({ style: 'location', url: POLL, verb: 'PUT', goal: goalHash(observed()) }),
      [names.POLLER_RESUME_ID]: POLLER_CREATE,
      [names.LATEST_RECONCILED_GENERATION]: '1',
    });
    expect(readMemo(statusOf(begun.after))).toMatchObject({ pending: true });
  });

  it('is looked at once per pass, and never sent a second time', () => {
    const ran = run(later(begun), { poll: answer(202, undefined, { 'retry-after': '3' }) });
    expect(ran.sent).toEqual([`GET ${POLL}`]);
    expect(ran.end).toMatchObject({ again: { kind: 'after', afterMs: 3000 } });
  });

  it('without Retry-After the looks grow apart', () => {
    expect(run(later(begun), { poll: answer(202) }).end).toMatchObject({
      again: { kind: 'backoff', firstMs: 1000, capMs: 60_000 },
    });
  });

  it('is followed though owner and inputs are gone: they went into what was sent', () => {
    const ran = run(
      later(begun, 1000, {
        owner: { state: 'unresolved', failure: warning('WaitingForOwner', 'gone', 'soon') },
        inputs: { ok: false, failure: warning('SecretNotFound', 'gone', 'soon') },
      }),
      { poll: answer(200, {}), read: shown },
    );
    expect(ran.ready?.status).toBe('True');
  });

  it('ends: the token goes, the object is Ready, and nothing is sent again', () => {
    const ran = run(later(begun), { poll: answer(200, {}), read: shown });
    expect(ran.sent).toEqual([`GET ${POLL}`, `GET ${ACCOUNT_ID}`]);
    expect(ran.after.metadata.annotations).not.toHaveProperty([names.POLLER_RESUME_TOKEN]);
    expect(ran.ready?.status).toBe('True');
    expect(run(later(ran)).sent).toEqual([]);
  });

  it('an edit meanwhile is no second PUT, and is sent when the operation ends', () => {
    const polling = run(edited(later(begun)), { poll: answer(202) });
    expect(polling.sent).toEqual([`GET ${POLL}`]);
    const done = run(later(polling), { poll: answer(200, {}), read: shown });
    expect(done.ready).toMatchObject({ reason: 'Reconciling' });
    expect(done.end).toMatchObject({ again: { kind: 'after', afterMs: 0 } });
    const next = run(later(done), { put: answer(200, {}), read: shown });
    expect(next.sent[0]).toBe(`PUT ${ACCOUNT_ID}`);
    expect(next.ready).toMatchObject({ status: 'True', observedGeneration: 2 });
  });

  it('an edit seen first when the operation ends leaves Ready at the generation that was sent', () => {
    const done = run(edited(later(begun)), { poll: answer(200, {}), read: shown });
    expect(done.ready).toMatchObject({ status: 'True', observedGeneration: 1 });
    expect(statusOf(done.after).observedGeneration).toBe(1);
    expect(done.end).toMatchObject({ again: { kind: 'after', afterMs: 0 } });
  });

  it('fails: the token goes, the error is told, and it is sent anew', () => {
    const failed = run(later(begun), { poll: refusal(409, 'AllocationFailed') });
    expect(failed.ready).toMatchObject({ severity: 'Warning', reason: 'AllocationFailed' });
    expect(failed.after.metadata.annotations).not.toHaveProperty([names.POLLER_RESUME_TOKEN]);
    expect(failed.end).toMatchObject({ again: { kind: 'backoff', capMs: 180_000 }, progress: 'none' });
    expect(run(later(failed), { put: accepted }).sent).toEqual([`PUT ${ACCOUNT_ID}`]);
  });

  it('fails for good after an edit that may mend it: the edit is sent at once (the original waits for another edit)', () => {
    const failed = run(edited(later(begun)), { poll: refusal(409, 'PropertyChangeNotAllowed') });
    expect(failed.ready).toMatchObject({ severity: 'Error' });
    expect(failed.end).toMatchObject({ again: { kind: 'after', afterMs: 0 } });
    const next = run(later(failed), { put: answer(200, {}), read: shown });
    expect(next.ready).toMatchObject({ status: 'True', observedGeneration: 2 });
  });

  it('accepted, then failed for good, then fixed by an edit', () => {
    const failed = run(later(begun), { poll: refusal(409, 'PropertyChangeNotAllowed') });
    expect(failed.end).toMatchObject({ again: { kind: 'never' } });
    const fixed = run(edited(later(failed)), { put: answer(200, {}), read: shown });
    expect(fixed.ready).toMatchObject({ status: 'True', observedGeneration: 2 });
  });

  it.each([
    { because: 'its address is gone', poll: refusal(404, 'NotFound'), isDropped: true },
    { because: 'a server error says nothing about it', poll: refusal(503, 'ServerBusy'), isDropped: false },
    { because: 'throttling says nothing about it', poll: refusal(429, 'TooManyRequests'), isDropped: false },
    { because: 'no answer says nothing about it', poll: { lost: 'reset' }, isDropped: false },
    {
      because: 'an address out of bounds was not given by Azure',
      poll: { lost: 'not sent', isOutOfBounds: true as const },
      isDropped: true,
    },
  ])('whose state cannot be read is kept or dropped: $because', ({ poll, isDropped }) => {
    const asAsync = annotated(begun.after, {
      [names.POLLER_RESUME_TOKEN]: toToken({ style: 'async', url: POLL, verb: 'PUT' }),
    });
    const ran = run({ ...later(begun), object: asAsync }, { poll });
    expect(names.POLLER_RESUME_TOKEN in (ran.after.metadata.annotations ?? {})).toBe(!isDropped);
    expect(ran.ready?.severity).not.toBe('Error');
    expect(ran.end).not.toMatchObject({ again: { kind: 'never' } });
  });

  it('a token of a delete, or none that can be read, is taken off and the PUT is sent', () => {
    for (const token of ['{', 'null', '{"style":"x"}', toToken({ style: 'async', url: POLL, verb: 'DELETE' })]) {
      const object = annotated(claimed(), {
        [names.POLLER_RESUME_TOKEN]: token,
        [names.POLLER_RESUME_ID]: POLLER_DELETE,
      });
      expect(run(observed({ object }), { put: accepted }).sent).toEqual([`PUT ${ACCOUNT_ID}`]);
    }
  });

  it("a token of the original's is followed", () => {
    const token = JSON.stringify({ type: 'x', token: { type: 'async', asyncURL: POLL, method: 'PUT' } });
    const object = annotated(claimed(), {
      [names.POLLER_RESUME_TOKEN]: token,
      [names.POLLER_RESUME_ID]: POLLER_CREATE,
    });
    expect(run(observed({ object }), { poll: answer(200, { status: 'InProgress' }) }).sent).toEqual([`GET ${POLL}`]);
  });

  it('a forged token that ends at once makes nothing Ready: the resource is looked at, and sent once a 404 is believed', () => {
    const object = annotated(claimed(), {
      [names.POLLER_RESUME_TOKEN]: toToken({ style: 'async', url: POLL, verb: 'PUT' }),
      [names.POLLER_RESUME_ID]: POLLER_CREATE,
    });
    const begun = observed({ object, attempts: 3 });
    const ran = run(begun, { poll: answer(200, {}), read: refusal(404, 'ResourceNotFound') });
    expect(ran.ready).toMatchObject({ status: 'False', reason: 'ResourceNotFound' });
    expect(run(later(ran), { put: accepted }).sent).toEqual([`PUT ${ACCOUNT_ID}`]);
  });

  it('a forged token for what is there makes the object Ready for no goal of its own: the PUT follows', () => {
    const object = annotated(claimed(), {
      [names.POLLER_RESUME_TOKEN]: toToken({ style: 'async', url: POLL, verb: 'PUT' }),
      [names.POLLER_RESUME_ID]: POLLER_CREATE,
    });
    const ran = run(observed({ object }), { poll: answer(200, {}), read: shown });
    expect(ran.end).toMatchObject({ again: { kind: 'after', afterMs: 0 } });
    expect(run(later(ran), { put: accepted }).sent).toEqual([`PUT ${ACCOUNT_ID}`]);
  });

  it('a sync asked for meanwhile is done when the operation ends', () => {
    const asking = later(begun);
    const object = annotated(asking.object, { [names.RECONCILE_REQUESTED_AT]: 'now' });
    const done = run({ ...asking, object }, { poll: answer(200, {}), read: shown });
    expect(done.end).toMatchObject({ again: { kind: 'after', afterMs: 0 } });
    const next = run(later(done), { put: answer(200, {}), read: shown });
    expect(next.sent[0]).toBe(`PUT ${ACCOUNT_ID}`);
    expect(run(later(next)).sent).toEqual([]);
  });
});

describe('a PUT that Azure refuses', () => {
  it('forgets the last sync, and is sent anew by its class', () => {
    const ran = run(edited(settled()), { put: refusal(409, 'Conflict') });
    expect(ran.ready).toMatchObject({
      severity: 'Warning',
      reason: 'Conflict',
      message: 'said so',
      observedGeneration: 2,
    });
    expect(statusOf(ran.after).observedGeneration).toBe(2);
    expect(run(later(ran), { put: accepted }).sent).toEqual([`PUT ${ACCOUNT_ID}`]);
  });

  it('is not said twice: a second equal refusal changes nothing on the object', () => {
    const first = run(observed(), { put: refusal(409, 'Conflict') });
    const second = run(later(first, 5000), { put: refusal(409, 'Conflict') });
    expect(second.after.status).toEqual(first.after.status);
  });

  it('for want of a registered provider: it is registered, and the PUT comes again', () => {
    const body = {
      error: { code: 'MissingSubscriptionRegistration', message: 'm', details: [{ target: 'Microsoft.Storage' }] },
    };
    const ran = run(observed(), { put: answer(409, body), 'look:register': answer(200, {}) });
    expect(ran.sent[1]).toBe(`POST /subscriptions/${SUB}/providers/Microsoft.Storage/register`);
    expect(ran.ready).toMatchObject({ severity: 'Warning' });
    expect(ran.end).toMatchObject({ again: { kind: 'backoff', capMs: 180_000 } });
  });

  it('a credential that Entra refuses is told as it is', () => {
    const lost = "the credential in Secret 'system/settings' was refused: AADSTS7000215: wrong";
    const ran = run(observed(), { put: { lost, token: 'slow' } });
    expect(ran.ready).toMatchObject({ severity: 'Warning', reason: 'Failed', message: lost });
  });

  it('a hook has the last word', () => {
    const hooks = { classify: () => fatal('Own', 'mine') };
    expect(run(observed({ hooks }), { put: refusal(500, 'X') }).ready).toMatchObject({
      severity: 'Error',
      reason: 'Own',
    });
  });

  it('an Error is left until something changes, and then sent', () => {
    const ran = run(observed(), { put: refusal(400, 'InvalidTemplate') });
    expect(ran.end).toMatchObject({ again: { kind: 'never' }, progress: 'made' });
    expect(run(later(ran), { put: answer(200, {}), read: shown }).ready?.status).toBe('True');
  });
});

describe('what stands between the PUT and Ready', () => {
  const after: Given = {
    hooks: { after: () => ({ say: 'failure', failure: warning('PostReconciliationFailure', 'not approved') }) },
  };

  it('a check that is not satisfied shows the fresh status, and sends nothing again', () => {
    const ran = run(observed(after), { put: answer(200, {}), read: shown });
    expect(ran.ready).toMatchObject({ severity: 'Warning', reason: 'PostReconciliationFailure' });
    expect(statusOf(ran.after)).toMatchObject({ id: ACCOUNT_ID });
    expect(run(later(ran), { read: shown }).sent).toEqual([`GET ${ACCOUNT_ID}`]);
  });

  it('after an operation too: its token goes (the original keeps it and polls what is over)', () => {
    const begun = run(observed(after), { put: accepted });
    const ran = run(later(begun), { poll: answer(200, {}), read: shown });
    expect(ran.after.metadata.annotations).not.toHaveProperty([names.POLLER_RESUME_TOKEN]);
    expect(run(later(ran), { read: shown }).sent).toEqual([`GET ${ACCOUNT_ID}`]);
  });

  it('an export that belongs to somebody else is an Error, and Ready waits for it', () => {
    const exports = fatal('FailedWritingAdditionalKubernetesObjects', 'Secret is not owned');
    const ran = run(observed({ exports }), { put: answer(200, {}), read: shown });
    expect(ran.ready).toMatchObject({ severity: 'Error', reason: 'FailedWritingAdditionalKubernetesObjects' });
  });

  it('a resource that Azure accepted and does not show is looked at once more, then sent again', () => {
    const unseen = run(observed(), { put: answer(200, {}), read: refusal(404, 'ResourceNotFound') });
    expect(unseen.ready).toMatchObject({ severity: 'Warning', reason: 'ResourceNotFound' });
    const gone = run(later(unseen), { read: refusal(404, 'ResourceNotFound') });
    expect(gone.sent).toEqual([`GET ${ACCOUNT_ID}`]);
    expect(run(later(gone), { put: accepted }).sent).toEqual([`PUT ${ACCOUNT_ID}`]);
  });

  it('a read that fails for a moment sends no second PUT once it works', () => {
    const begun = run(observed(), { put: accepted });
    const blind = run(later(begun), { poll: answer(200, {}), read: refusal(503, 'ServerBusy') });
    expect(run(later(blind), { poll: answer(200, {}), read: shown }).ready?.status).toBe('True');
  });
});

describe('adoption (contract 9.1): what exists under the id is sent over, with no question', () => {
  it('sends a PUT and takes what Azure answers', () => {
    const ran = run(observed(), { put: answer(200, {}), read: shown });
    expect(ran.sent).toEqual([`PUT ${ACCOUNT_ID}`, `GET ${ACCOUNT_ID}`]);
  });
});

describe('children before owners', () => {
  it('the child waits, and goes on when the owner is Ready', () => {
    const child = observed({
      object: { ...claimed(), metadata: { name: 'acc', namespace: 'team', uid: 'u', generation: 1 } },
    });
    const waits = run({ ...child, owner: ownerGroup({ ready: false }) });
    expect(waits.end).toMatchObject({ again: { kind: 'backoff', firstMs: 1000, capMs: 30_000 } });
    const goes = run(later(waits, 1000, { owner: child.owner }), { put: accepted });
    expect(goes.ready).toMatchObject({ reason: 'Reconciling', severity: 'Info' });
  });
});

describe('blocked kinds (contract 8.2 step 9)', () => {
  it('an owner that is busy holds the PUT back, names the state, and is looked at slowly', () => {
    const pool = 'containerservice.azure.com/ManagedClustersAgentPool';
    const cluster = `/subscriptions/${SUB}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c`;
    const owner = ownerGroup({ id: cluster });
    const object = annotated(claimed(), { [names.RESOURCE_ID]: `${cluster}/agentPools/acc` });
    if (owner.state !== 'object') throw new Error('the owner is an object');
    const ran = run(
      observed({
        kind: pool,
        object,
        owner: {
          ...owner,
          kind: observed({ kind: 'containerservice.azure.com/ManagedCluster' }).kind,
          object: annotated(owner.object, { [names.ORIGINAL_VERSION]: 'v1api20240901' }),
        },
      }),
      {
        owner: answer(200, { properties: { provisioningState: 'Upgrading' } }),
        self: answer(404),
      },
    );
    expect(ran.sent.every((request) => request.startsWith('GET'))).toBe(true);
    expect(ran.ready).toMatchObject({ reason: 'ReconciliationBlocked', severity: 'Warning' });
    expect(ran.ready?.message).toContain("'Upgrading'");
    expect(ran.end).toMatchObject({ again: { kind: 'backoff', capMs: 180_000 } });
  });
});

describe('a damaged status is no harm', () => {
  it.each([
    { lastSync: 'text' },
    { lastSync: { goal: 1, time: 'x' } },
    { lastSync: { goal: 'g', time: 'not a time' } },
    { conditions: 'none' },
    { conditions: [null, 1, {}] },
    { conditions: [condition({ observedGeneration: 99 })] },
  ])('%j', (status) => {
    const ran = run(observed({ object: claimed({ status: status as JsonObject }) }), {
      put: answer(200, {}),
      read: shown,
    });
    expect(ran.end.do).toBe('report');
    expect(ran.sent[0]).toBe(`PUT ${ACCOUNT_ID}`);
  });
});

describe('requests that leave the subscription', () => {
  it('are told as what they are', () => {
    const ran = run(observed(), { put: { lost: `not sent: in ${OTHER_SUB}`, isOutOfBounds: true } });
    expect(ran.ready).toMatchObject({ reason: 'SubscriptionMismatch', severity: 'Warning' });
  });
});
