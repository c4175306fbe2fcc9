// A look at the object's own resource before it is changed; asked for once in a pass, whoever wants it.

import type { Action } from '../action.ts';
import { asked, getSelf, resourceId } from '../facts.ts';
import type { Asked, Observed } from '../observed.ts';

export type Look = { readonly do: 'answer'; readonly asked: Asked };

/** The answer of Azure, or the action that asks for it; undefined: there is no id to look at. */
export function lookAtSelf(observed: Observed, why: string): Action | Look | undefined {
  const id = resourceId(observed);
  if (id === undefined) return undefined;
  const seen = asked(observed, 'self');
  return seen === undefined
    ? { do: 'send', why, request: getSelf(observed, id), fills: 'self' }
    : { do: 'answer', asked: seen };
}
