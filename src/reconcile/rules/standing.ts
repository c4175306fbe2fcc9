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

/** Kinds that do not live behind ARM have their schema here, and nothing acts on them yet. */
export const notBehindArm: Rule = (observed) => {
  if (observed.kind.map.type !== undefined) return undefined;
  if (isDeleting(observed)) return { do: 'release', why: 'the kind does not live behind ARM; nothing was created' };
  const { kind, group } = observed.kind;
  return reportFailure(
    observed,
    warning(
      'Failed',
      `${kind}.${group} does not live behind Azure Resource Manager and is not reconciled by this version of the operator`,
      'verySlow',
    ),
    'the kind does not live behind ARM',
  );
};
