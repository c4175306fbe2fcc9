// What to do next, as data: six verbs. `claim`, `send` and `write` go on; `report`, `release` and `leave` end the pass.
// Each carries a `why` sentence, which becomes the log line and the test's name.

import type { ArmRequest } from '../arm/request.ts';
import type { ExportTarget } from '../exports/plan.ts';
import type { JsonObject } from '../values/json.ts';
import type { BackendRequest } from './backend.ts';
import type { Condition } from './conditions.ts';

/** Which part of Observed an answer of Azure fills. */
export type Fill =
  | 'owner'
  | 'self'
  | 'put'
  | 'poll'
  | 'read'
  | 'exists'
  | 'delete'
  | 'deletePoll'
  | `call:${string}`
  | `look:${string}`;

export interface ClaimAction {
  readonly do: 'claim';
  readonly why: string;
  /** Merge patch of the object: finalizer, annotations, labels, ownerReferences, azureName. Guarded by the resource version. */
  readonly patch: JsonObject;
  /** ARM id that becomes the object's by this. */
  readonly takes?: string;
}

export interface SendAction {
  readonly do: 'send';
  readonly why: string;
  readonly request: ArmRequest;
  readonly fills: Fill;
}

/** The same verb for a kind that does not live behind ARM. */
export interface AskAction {
  readonly do: 'send';
  readonly why: string;
  readonly request: BackendRequest;
  readonly fills: 'backend';
}

export interface WriteAction {
  readonly do: 'write';
  readonly why: string;
  readonly targets: readonly ExportTarget[];
}

export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** When to look again: `afterMs` exactly, or by the failure's class and the attempts so far, or only when something changes. */
export type Again =
  | { readonly kind: 'after'; readonly afterMs: number; readonly lane: 'retry' | 'background' }
  | {
      readonly kind: 'backoff';
      readonly firstMs: number;
      readonly capMs: number;
      /** Never sooner than this: Azure asked for it. */
      readonly leastMs?: number;
    }
  | { readonly kind: 'never' };

/** none: one more failed attempt. made: the count of failed attempts begins anew. polled: so does it, and looks at one operation are counted. */
export type Progress = 'made' | 'polled' | 'none';

export interface ReportAction {
  readonly do: 'report';
  readonly why: string;
  readonly conditions: readonly Condition[];
  /** The whole status without conditions. */
  readonly status: JsonObject;
  /** Annotations to set (text) or to take away (null), written before the status. */
  readonly annotations?: Readonly<Record<string, string | null>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly events?: readonly EventNote[];
  readonly progress: Progress;
  readonly again: Again;
  /** ARM id that another object holds: a pass is due when that one lets go of it. */
  readonly waitsForId?: string;
}

export interface ReleaseAction {
  readonly do: 'release';
  readonly why: string;
  readonly events?: readonly EventNote[];
}

export interface LeaveAction {
  readonly do: 'leave';
  readonly why: string;
  readonly events?: readonly EventNote[];
  readonly again: Again;
}

export type Action = ClaimAction | SendAction | AskAction | WriteAction | ReportAction | ReleaseAction | LeaveAction;
