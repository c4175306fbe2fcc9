// pass: one run over one object. gather → decide → perform → fold until an action ends it. A pass never waits for Azure, and may be
// cut short anywhere: the next one looks at the world as it is then.

import type { Logger } from 'pino';
import type { KubeObject } from '../kube/types.ts';
import type { Again, EventNote, Progress } from '../reconcile/action.ts';
import { decide } from '../reconcile/decide.ts';
import { foldAnswer, foldExports, foldObject, foldTold } from '../reconcile/fold.ts';
import type { Observed } from '../reconcile/observed.ts';
import { type Doors, performAsk, performClaim, performRelease, performReport, performSend } from './perform.ts';
import { performWrite } from './write-exports.ts';

/** More steps than any life needs: a rule would be sending for ever. */
const MAX_STEPS = 30;

export interface PassEnd {
  readonly object: KubeObject;
  readonly again: Again;
  readonly progress: Progress;
  readonly events: readonly EventNote[];
  readonly why: string;
  /** ARM id that another object holds and this one waits for. */
  readonly waitsForId?: string;
}

export interface Passing {
  readonly doors: Doors;
  readonly log: Logger;
  /** Hears of every state of the object that a write left, at once, so that nobody reads an older one. */
  readonly onWritten: (object: KubeObject) => void;
  /** Keeps an ARM id for the object of this pass while its claim is written; the answer is called when that has ended. */
  readonly onClaim: (id: string) => () => void;
  /** Hears of an object that is about to be let go. */
  readonly onRelease: (object: KubeObject) => void;
}

export async function pass(passing: Passing, begun: Observed, signal: AbortSignal): Promise<PassEnd> {
  const { doors, log } = passing;
  let observed = begun;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const { rule, action } = decide(observed);
    log.debug({ rule, action: action.do, why: action.why }, 'decided');
    switch (action.do) {
      case 'claim': {
        const written = action.takes === undefined ? undefined : passing.onClaim(action.takes);
        const object = await performClaim(doors, observed, action, signal)
          .then((stored) => {
            passing.onWritten(stored);
            return stored;
          })
          .finally(written);
        observed = foldObject(observed, object);
        break;
      }
      case 'send':
        observed =
          action.fills === 'backend'
            ? foldTold(observed, await performAsk(doors, observed, action, signal))
            : foldAnswer(observed, action.fills, await performSend(doors, observed, action, signal));
        break;
      case 'write':
        observed = foldExports(observed, await performWrite(doors, observed, action, signal));
        break;
      case 'report': {
        const object = await performReport(doors, observed, action, signal);
        passing.onWritten(object);
        return {
          object,
          again: action.again,
          progress: action.progress,
          events: action.events ?? [],
          why: action.why,
          ...(action.waitsForId === undefined ? {} : { waitsForId: action.waitsForId }),
        };
      }
      case 'release': {
        passing.onRelease(observed.object);
        const object = await performRelease(doors, observed, action, signal);
        return { object, again: { kind: 'never' }, progress: 'made', events: action.events ?? [], why: action.why };
      }
      case 'leave':
        return {
          object: observed.object,
          again: action.again,
          progress: 'made',
          events: action.events ?? [],
          why: action.why,
        };
    }
  }
  throw new Error(
    `a pass took more than ${MAX_STEPS} steps; the last answers were ${Object.keys(observed.answers).join(', ')}`,
  );
}
