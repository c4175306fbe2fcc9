import type { Action } from './action.ts';
import type { Observed } from './observed.ts';

/** Looks at what is known and answers with an action, or leaves the choice to the next rule. */
export type Rule = (observed: Observed) => Action | undefined;
