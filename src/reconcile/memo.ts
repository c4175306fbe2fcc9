// What the operator remembers on the object between passes, so that a restart sends nothing: the hash of the goal it sent last, and
// when. It lives in status.lastSync, which every version's schema knows: a write through a user version prunes what its schema lacks,
// the status included, so a member of the storage version alone would be lost at the first `kubectl label`.

import { isObject, type JsonObject } from '../values/json.ts';

const MEMO_MEMBER = 'lastSync';

export interface Memo {
  /** Hash of the goal that Azure accepted last, with the api-version and id it was sent to; UNKNOWN: it was sent and refused, or lost. */
  readonly goal: string;
  /** Milliseconds since the epoch at which Azure was last seen to have it. */
  readonly syncedAt: number;
  /** Azure accepted the goal and works on it; without the operation's token it must be sent again. */
  readonly pending?: boolean;
  /** Value of reconcile-requested-at that was honoured last. */
  readonly requestedAt?: string;
}

/** Something was sent, and what Azure made of it is not known. */
export const UNKNOWN = '';

/** The goal of an object that is only looked at. */
export const SKIPPED = 'skip';

/** The memo in a stored status, or undefined when there is none or it was damaged. */
export function readMemo(status: JsonObject | undefined): Memo | undefined {
  const memo = status?.[MEMO_MEMBER];
  if (!isObject(memo) || typeof memo.goal !== 'string' || typeof memo.time !== 'string') return undefined;
  const syncedAt = Date.parse(memo.time);
  if (Number.isNaN(syncedAt)) return undefined;
  return {
    goal: memo.goal,
    syncedAt,
    ...(memo.pending === true ? { pending: true } : {}),
    ...(typeof memo.requestedAt === 'string' ? { requestedAt: memo.requestedAt } : {}),
  };
}

/** The status member that keeps a memo. */
export function writeMemo(memo: Memo): JsonObject {
  const { syncedAt, ...rest } = memo;
  return { [MEMO_MEMBER]: { ...rest, time: new Date(syncedAt).toISOString() } };
}
