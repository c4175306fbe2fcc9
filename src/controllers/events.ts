// Events on objects. Saying the same again and again costs the API server more than the object's own reconciling: an event that was
// said for the object within the hour is not said again.

import type { Kind } from '../kinds/kind.ts';
import { controllerName, groupVersion } from '../kinds/kind.ts';
import type { KubeObject, KubeSend, ObjectMeta } from '../kube/types.ts';
import type { EventNote } from '../reconcile/action.ts';

const SILENT_MS = 60 * 60 * 1000;
const MAX_REMEMBERED = 5000;
const MAX_MESSAGE = 1000;

export interface EventSink {
  /** False when the same was said within the hour. */
  readonly emit: (kind: Kind, object: KubeObject, note: EventNote) => boolean;
  /** The same of something that is no object of a kind; events on what has no namespace go to `default`. */
  readonly say: (subject: Subject, metadata: ObjectMeta, note: EventNote) => boolean;
}

export interface Subject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly component: string;
}

export interface EventOptions {
  readonly send: KubeSend;
  readonly now: () => number;
  readonly host: string;
  readonly signal: AbortSignal;
}

export function createEvents(options: EventOptions): EventSink {
  const said = new Map<string, number>();
  const say = (subject: Subject, metadata: ObjectMeta, note: EventNote): boolean => {
    const now = options.now();
    const key = `${metadata.uid}|${note.reason}|${note.message}`;
    if (now - (said.get(key) ?? Number.NEGATIVE_INFINITY) < SILENT_MS) return false;
    said.delete(key);
    said.set(key, now);
    const [oldest] = said.keys();
    if (said.size > MAX_REMEMBERED && oldest !== undefined) said.delete(oldest);
    const body = eventOf(options, subject, metadata, note);
    // An event is a courtesy: losing one must not hold up the object.
    void options
      .send({ verb: 'POST', path: `/api/v1/namespaces/${body.metadata.namespace}/events`, body }, options.signal)
      .catch(() => undefined);
    return true;
  };
  return { say, emit: (kind, object, note) => say(subjectOf(kind), object.metadata, note) };
}

function subjectOf(kind: Kind): Subject {
  return { apiVersion: groupVersion(kind, kind.storage), kind: kind.kind, component: controllerName(kind) };
}

function eventOf(options: EventOptions, subject: Subject, metadata: ObjectMeta, note: EventNote) {
  const at = new Date(options.now()).toISOString();
  const { component } = subject;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { generateName: `${metadata.name?.slice(0, 200)}.`, namespace: metadata.namespace ?? 'default' },
    involvedObject: {
      apiVersion: subject.apiVersion,
      kind: subject.kind,
      name: metadata.name,
      namespace: metadata.namespace,
      uid: metadata.uid,
    },
    type: note.type,
    reason: note.reason,
    message: note.message.slice(0, MAX_MESSAGE),
    firstTimestamp: `${at.slice(0, 19)}Z`,
    lastTimestamp: `${at.slice(0, 19)}Z`,
    count: 1,
    source: { component, host: options.host },
    reportingComponent: component,
    reportingInstance: options.host,
  };
}
