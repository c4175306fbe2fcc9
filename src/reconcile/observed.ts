// Everything one pass knows about one object. Plain frozen values: gather builds it, fold adds answers, rules read it.

import type { ArmAnswer, ArmRequest } from '../arm/request.ts';
import type { Credential } from '../identity/credential.ts';
import type { Fields } from '../kinds/fields.ts';
import type { Kind } from '../kinds/kind.ts';
import type { StatusShape } from '../kinds/shape.ts';
import type { KubeObject } from '../kube/types.ts';
import type { Fill } from './action.ts';
import type { Told } from './backend.ts';
import type { Failure } from './failure.ts';
import type { Hooks } from './hooks.ts';
import type { ReconcilePolicy } from './policy.ts';
import type { Inputs } from './to-body.ts';

export type Owner =
  /** The kind has no owner. */
  | { readonly state: 'none' }
  /** Given by ARM id: nothing to wait for. `kind`: what it should be, where one kind only can be the owner and is installed. */
  | { readonly state: 'arm'; readonly id: string; readonly kind?: Kind }
  | { readonly state: 'object'; readonly kind: Kind; readonly object: KubeObject }
  /** Absent, of a kind that is not installed, or malformed: `failure` says which. `isMissing`: it is known that there is no such object. */
  | { readonly state: 'unresolved'; readonly failure: Failure; readonly isMissing?: true };

export type Resolved<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** What the operator as a whole is, the same for every pass. */
export interface Operator {
  readonly namespace: string;
  readonly version: string;
  /** Milliseconds between syncs of a Ready object; undefined: never. */
  readonly syncPeriodMs: number | undefined;
  /** Milliseconds since the epoch at which this operator began its passes. */
  readonly since: number;
}

/** No readable answer came. */
export interface LostAnswer {
  readonly lost: string;
  /** No token was to be had, and how lasting that is. */
  readonly token?: 'soon' | 'slow' | 'settled';
  /** Nothing was sent: the URL is out of the credential's bounds. */
  readonly isOutOfBounds?: true;
}

export interface Asked {
  readonly request: ArmRequest;
  readonly answer: ArmAnswer | LostAnswer;
}

export interface Observed {
  readonly kind: Kind;
  /** The CRD version the user applied; it decides the ARM api-version and what `self` shows. */
  readonly version: string;
  readonly apiVersion: string;
  readonly fields: Fields;
  readonly statusFields: Fields;
  readonly statusShape: StatusShape;
  readonly object: KubeObject;
  readonly operator: Operator;
  readonly policy: ReconcilePolicy;
  /** Why a word given as policy was not taken. */
  readonly policyComplaint: string | undefined;
  readonly owner: Owner;
  /** The owner, or an owner's owner, that is the server of a kind with a backend; absent: the kind has none. */
  readonly server?: Owner;
  readonly credential: Resolved<{
    readonly credential: Credential;
    readonly from: string;
    readonly scope: 'global' | 'namespace' | 'resource';
  }>;
  readonly inputs: Resolved<Inputs>;
  /** The value of spec.azureNameFromConfig where the kind has it. */
  readonly nameFromConfig: Resolved<string> | undefined;
  readonly hooks: Hooks;
  /** Another object that keeps this one from an ARM id: it is managed, and held the id first. */
  readonly rival: (id: string) => string | undefined;
  /** Failed passes in a row. */
  readonly attempts: number;
  /** Milliseconds since the epoch at which the pass began. */
  readonly now: number;
  /** A fresh random UUID for this pass, for names that are random on purpose. */
  readonly freshUuid: string;
  /** What Azure answered in this pass. */
  readonly answers: Readonly<Partial<Record<Fill, Asked>>>;
  /** What the kind's backend answered in this pass. */
  readonly told?: Told;
  /** A Secret or ConfigMap that the object exports is not there. */
  readonly hasLostExport: boolean;
  /** What became of writing the exports in this pass. */
  readonly exports: 'pending' | 'written' | Failure;
}
