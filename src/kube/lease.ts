// The Lease by which operators agree on who is at work, seen from outside.

import { isObject, type JsonObject } from '../values/json.ts';
import { refusalOf } from './refusal.ts';
import type { KubeSend } from './types.ts';

/** The original's name of it, in the operator's namespace. */
export const LEASE_NAME = 'controllers-leader-election-azinfra-generated';

export interface AtWork {
  readonly namespace: string;
  readonly holder: string;
  /** Since the last renewal, by this machine's clock. */
  readonly seconds: number;
}

/** Whoever holds the Lease in any namespace; `now` in milliseconds since the epoch. A sentence when the Leases cannot be listed. */
export async function operatorsAtWork(
  send: KubeSend,
  now: number,
  signal: AbortSignal,
): Promise<readonly AtWork[] | string> {
  const query = { fieldSelector: `metadata.name=${LEASE_NAME}` };
  const answer = await send({ verb: 'GET', path: '/apis/coordination.k8s.io/v1/leases', query }, signal);
  if (answer.status !== 200 || !isObject(answer.body)) return refusalOf(answer);
  const items = Array.isArray(answer.body.items) ? answer.body.items.filter(isObject) : [];
  return items.flatMap((lease) => holderOf(lease, now) ?? []);
}

/** Clocks differ: a Lease counts as held for some time after its end. */
const CLOCKS_DIFFER_MS = 30_000;

function holderOf(lease: JsonObject, now: number): AtWork | undefined {
  const [metadata, spec] = [lease.metadata, lease.spec].map((part) => (isObject(part) ? part : {}));
  const holder = String(spec?.holderIdentity ?? '');
  const renewed = Date.parse(String(spec?.renewTime));
  const lastsMs = Number(spec?.leaseDurationSeconds ?? 0) * 1000;
  if (holder === '' || Number.isNaN(renewed) || now > renewed + lastsMs + CLOCKS_DIFFER_MS) return undefined;
  return { namespace: String(metadata?.namespace), holder, seconds: Math.max(0, Math.round((now - renewed) / 1000)) };
}
