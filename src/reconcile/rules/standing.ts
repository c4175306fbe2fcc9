// Whether this object is ours to look at at all.

import { OPERATOR_NAMESPACE } from '../annotations.ts';
import { annotation, hasFinalizer, isDeleting } from '../facts.ts';
import { warning } from '../failure.ts';
import { reportFailure } from '../report.ts';
import type { Rule } from '../rule.ts';

/** Another operator has claimed it: hands off, in deletion too. */
export const foreign: Rule = (observed) => {
  const holder = annotation(observed, OPERATOR_NAMESPACE);
  if (holder === undefined || holder === observed.operator.namespace) return undefined;
  const message = `the object is managed by the operator in namespace '${holder}'; this one, in '${observed.operator.namespace}', leaves it alone`;
  return {
    do: 'leave',
    why: 'another operator has claimed the object',
    events: [{ type: 'Warning', reason: 'Overlap', message }],
    again: { kind: 'never' },
  };
};

/** Deleted, and our finalizer is off: nothing of ours is left to do. */
export const gone: Rule = (observed) =>
  isDeleting(observed) && !hasFinalizer(observed)
    ? { do: 'leave', why: 'the object is deleted and released', again: { kind: 'never' } }
    : undefined;

/** A CRD whose map names neither an ARM type nor a backend (one of an older release) can be kept and deleted, and nothing else. */
export const homeless: Rule = (observed) => {
  if (observed.kind.map.type !== undefined) return undefined;
  if (isDeleting(observed)) return { do: 'release', why: 'the kind has no home; nothing was created' };
  const { kind, group } = observed.kind;
  return reportFailure(
    observed,
    warning(
      'Failed',
      `the CRD of ${kind}.${group} says neither its ARM type nor its backend; apply the CRD of this operator's release`,
      'verySlow',
    ),
    'the kind has no home',
  );
};
