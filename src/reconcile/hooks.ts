// What a quirk may say. A hook gets data and gives data; it never holds a client. When it needs a look at Azure it answers with a
// request, and is asked again with the answer.

import type { ArmRequest } from '../arm/request.ts';
import type { SealedObject } from '../values/secret.ts';
import type { Failure } from './failure.ts';
import type { Asked, Observed } from './observed.ts';

/** A value, a look at Azure under a name (the answer is found in `answers['look:<name>']`), or a failure. */
export type Said<T> =
  | { readonly say: 'value'; readonly value: T }
  | { readonly say: 'look'; readonly name: string; readonly request: ArmRequest }
  | {
      readonly say: 'failure';
      readonly failure: Failure;
      /** Annotations to set or to take away with the report: what the next pass must know. */
      readonly annotations?: Readonly<Record<string, string | null>>;
    };

export interface Hooks {
  /** May change the body before each PUT. */
  readonly body?: (observed: Observed, body: SealedObject) => Said<SealedObject>;
  /** Runs in front of the default DELETE; a value lets it go on. */
  readonly remove?: (observed: Observed) => Said<'go on'>;
  /** Has the last word on a failed request. */
  readonly classify?: (failure: Failure, asked: Asked) => Failure;
  /** A PUT was refused because Azure has the resource under another id: that id, to be taken over; undefined: it is not so. */
  readonly adopt?: (observed: Observed, failure: Failure) => Said<string> | undefined;
  /** After the final GET: a failure keeps the object from becoming Ready. */
  readonly after?: (observed: Observed) => Said<'ready'>;
  /** Annotations to set or to take away once it has succeeded. */
  readonly succeeded?: (observed: Observed) => Said<Readonly<Record<string, string | null>>>;
}
