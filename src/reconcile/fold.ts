// Puts an answer back into what the pass knows. Pure, and never loses an answer.

import type { KubeObject } from '../kube/types.ts';
import type { Fill } from './action.ts';
import type { Told } from './backend.ts';
import type { Failure } from './failure.ts';
import type { Asked, Observed } from './observed.ts';

/** The object as the API server has it after a claim. */
export function foldObject(observed: Observed, object: KubeObject): Observed {
  return { ...observed, object };
}

/** Azure's answer, kept with the request that it answers. */
export function foldAnswer(observed: Observed, fill: Fill, asked: Asked): Observed {
  return { ...observed, answers: { ...observed.answers, [fill]: asked } };
}

/** The answer of the kind's backend, likewise. */
export function foldTold(observed: Observed, told: Told): Observed {
  return { ...observed, told };
}

/** What became of writing the exports. */
export function foldExports(observed: Observed, outcome: 'written' | Failure): Observed {
  return { ...observed, exports: outcome };
}
