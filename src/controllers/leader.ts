// Leader election on a Lease, with the original's name and times (contract 5.1), so that only one replica acts.
//
// Expected flow: try every 2 s; hold and renew; on the signal release it, so that the next one takes over at once.
// Guarantees: who has not renewed within 10 s has stopped before the Lease's 15 s are over. Assumption: clocks run at one speed; they
// need not agree, since a holder's renewals are judged by when they were seen to change.

import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeAnswer, KubeSend } from '../kube/types.ts';
import { isObject, type JsonObject } from '../values/json.ts';

export const LEASE_NAME = 'controllers-leader-election-azinfra-generated';
const LEASE_MS = 15_000;
const RENEW_WITHIN_MS = 10_000;
const RETRY_MS = 2_000;

export interface LeaderOptions {
  readonly send: KubeSend;
  readonly namespace: string;
  readonly identity: string;
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly onElected: () => void;
  /** The Lease was lost: everything that acts must stop. */
  readonly onLost: () => void;
}

interface Seen {
  readonly renewTime: string;
  readonly at: number;
}

/** Runs until the signal ends it or the Lease is lost. */
export async function lead(options: LeaderOptions): Promise<void> {
  let seen: Seen | undefined;
  let renewedAt: number | undefined;
  while (!options.signal.aborted) {
    const round = await tryOnce(options, seen).catch((): Round => ({ isHeld: false }));
    seen = round.seen ?? seen;
    const now = options.now();
    if (round.isHeld) {
      if (renewedAt === undefined) options.onElected();
      renewedAt = now;
    } else if (renewedAt !== undefined && (round.isTaken === true || now - renewedAt > RENEW_WITHIN_MS)) {
      options.onLost();
      return;
    }
    await sleep(RETRY_MS, undefined, { signal: options.signal }).catch(() => undefined);
  }
  if (renewedAt !== undefined) await release(options).catch(() => undefined);
}

interface Round {
  readonly isHeld: boolean;
  /** Another one holds it now. */
  readonly isTaken?: boolean;
  readonly seen?: Seen;
}

async function tryOnce(options: LeaderOptions, seen: Seen | undefined): Promise<Round> {
  const answer = await options.send({ verb: 'GET', path: pathOf(options) }, options.signal);
  if (answer.status === 404) return { isHeld: (await create(options)).status === 201 };
  if (answer.status !== 200 || !isObject(answer.body)) return { isHeld: false };
  const spec = isObject(answer.body.spec) ? answer.body.spec : {};
  const holder = typeof spec.holderIdentity === 'string' ? spec.holderIdentity : '';
  const renewTime = String(spec.renewTime ?? '');
  const now = options.now();
  const fresh = seen?.renewTime === renewTime ? seen : { renewTime, at: now };
  const isExpired = seen !== undefined && fresh === seen && now - seen.at > LEASE_MS;
  if (holder !== '' && holder !== options.identity && !isExpired) return { isHeld: false, isTaken: true, seen: fresh };
  const isNewHolder = holder !== options.identity;
  const body = {
    ...answer.body,
    spec: {
      ...spec,
      ...leaseSpec(options),
      ...(isNewHolder ? { acquireTime: micro(now), leaseTransitions: Number(spec.leaseTransitions ?? 0) + 1 } : {}),
    },
  };
  const put = await options.send({ verb: 'PUT', path: pathOf(options), body }, options.signal);
  return { isHeld: put.status === 200, seen: fresh };
}

function create(options: LeaderOptions): Promise<KubeAnswer> {
  const body = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: LEASE_NAME, namespace: options.namespace },
    spec: { ...leaseSpec(options), acquireTime: micro(options.now()), leaseTransitions: 0 },
  };
  return options.send({ verb: 'POST', path: pathOf(options).replace(/\/[^/]*$/, ''), body }, options.signal);
}

async function release(options: LeaderOptions): Promise<void> {
  const signal = AbortSignal.timeout(2_000);
  const answer = await options.send({ verb: 'GET', path: pathOf(options) }, signal);
  const spec = isObject(answer.body) && isObject(answer.body.spec) ? answer.body.spec : undefined;
  if (!isObject(answer.body) || spec?.holderIdentity !== options.identity) return;
  await options.send(
    {
      verb: 'PUT',
      path: pathOf(options),
      body: { ...answer.body, spec: { ...spec, holderIdentity: '', leaseDurationSeconds: 1 } },
    },
    signal,
  );
}

function leaseSpec(options: LeaderOptions): JsonObject {
  return { holderIdentity: options.identity, leaseDurationSeconds: LEASE_MS / 1000, renewTime: micro(options.now()) };
}

/** Kubernetes' MicroTime. */
function micro(now: number): string {
  return new Date(now).toISOString().replace('Z', '000Z');
}

function pathOf(options: LeaderOptions): string {
  return `/apis/coordination.k8s.io/v1/namespaces/${options.namespace}/leases/${LEASE_NAME}`;
}
