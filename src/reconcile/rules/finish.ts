// From an accepted and finished PUT (or a resource that is only looked at) to a Ready object.

import { post } from '../../arm/request.ts';
import { callsNeeded, planExports } from '../../exports/plan.ts';
import { isObject, type JsonObject } from '../../values/json.ts';
import type { Action } from '../action.ts';
import { atSync } from '../again.ts';
import { LATEST_RECONCILED_GENERATION } from '../annotations.ts';
import { classifyAnswer } from '../classify.ts';
import {
  annotation,
  answered,
  asked,
  bodyOf,
  getSelf,
  hasVerb,
  isOk,
  resourceId,
  statusOf,
  withoutOperation,
} from '../facts.ts';
import { type Failure, fatal, warning } from '../failure.ts';
import { goalHash, memoNow } from '../goal.ts';
import { readMemo, writeMemo } from '../memo.ts';
import type { Observed } from '../observed.ts';
import { report, reportFailure } from '../report.ts';
import type { Rule } from '../rule.ts';
import { toStatus } from '../to-status.ts';

/** Status always comes from a GET after the write, never from the write's own answer: the two differ (arm-protocol 14, row 18). */
export const read: Rule = (observed) => {
  const id = resourceId(observed);
  if (id === undefined || !hasVerb(observed, 'GET')) return undefined;
  const seen = asked(observed, 'read');
  if (seen === undefined)
    return { do: 'send', why: 'what does Azure have?', request: getSelf(observed, id), fills: 'read' };
  const answer = answered(observed, 'read');
  if (answer !== undefined && isOk(answer)) return undefined;
  if (answer?.status === 404 && observed.policy === 'skip') {
    const message = `${id} is not there; reconcile-policy is skip, so it is not created`;
    return reportFailure(observed, warning('AzureResourceNotFound', message), 'the resource is not in Azure');
  }
  return reportFailure(observed, classifyAnswer(seen.answer, observed.kind.map), 'the resource could not be read');
};

/** The status that the answer amounts to, in the version applied. */
export function freshStatus(observed: Observed): JsonObject {
  const body = bodyOf(answered(observed, 'read'));
  return body === undefined ? {} : toStatus(body, observed.statusShape, observed.statusFields);
}

/** The kind's own check; what keeps it from being Ready is shown together with the fresh status. */
export const after: Rule = (observed) => {
  const said = observed.hooks.after?.(observed);
  if (said === undefined || said.say === 'value') return undefined;
  if (said.say === 'look') return { do: 'send', why: said.name, request: said.request, fills: `look:${said.name}` };
  return withFreshStatus(observed, reportFailure(observed, said.failure, 'the kind is not satisfied yet'));
};

/** Secrets that somebody wants are asked for; nobody wants, nothing is asked. */
export const keys: Rule = (observed) => {
  const id = resourceId(observed);
  if (id === undefined) return undefined;
  for (const name of callsNeeded(observed.object, observed.kind.map)) {
    const call = observed.kind.map.calls?.[name];
    const fill = `call:${name}` as const;
    if (call === undefined) continue;
    const seen = asked(observed, fill);
    if (seen === undefined)
      return {
        do: 'send',
        why: `an export wants ${name}`,
        request: post(`${id}/${call.action}`, call.api),
        fills: fill,
      };
    const answer = answered(observed, fill);
    if (answer === undefined || !isOk(answer)) {
      return withFreshStatus(
        observed,
        reportFailure(observed, classifyAnswer(seen.answer, observed.kind.map), `${name} was refused`),
      );
    }
  }
  return undefined;
};

/** Writes the Secrets and ConfigMaps that the object asks for; Ready waits for them. */
export const exports: Rule = (observed) => {
  if (observed.exports === 'written') return undefined;
  if (observed.exports !== 'pending')
    return withFreshStatus(observed, reportFailure(observed, observed.exports, 'an export could not be written'));
  const planned = planExports({
    // An object of the API server is JSON throughout.
    object: { ...observed.object, status: freshStatus(observed) } as unknown as JsonObject,
    map: observed.kind.map,
    group: observed.kind.group,
    version: observed.version,
    id: resourceId(observed) ?? '',
    answers: callBodies(observed),
  });
  if (!planned.ok)
    return withFreshStatus(observed, reportFailure(observed, exportFailure(planned), 'the exports cannot be made'));
  return planned.targets.length === 0
    ? undefined
    : { do: 'write', why: 'the object wants exports', targets: planned.targets };
};

function exportFailure(planned: { readonly why: string; readonly retry: 'slow' | 'never' }): Failure {
  return planned.retry === 'never'
    ? fatal('FailedWritingAdditionalKubernetesObjects', planned.why)
    : warning('Failed', planned.why);
}

function callBodies(observed: Observed): Readonly<Record<string, JsonObject>> {
  return Object.fromEntries(
    Object.keys(observed.answers)
      .filter((fill) => fill.startsWith('call:'))
      .map((fill) => [fill.slice('call:'.length), bodyOf(answered(observed, fill as `call:${string}`)) ?? {}]),
  );
}

/** The goal is reached. */
export const settle: Rule = (observed) => {
  const said = observed.hooks.succeeded?.(observed);
  if (said?.say === 'failure')
    return withFreshStatus(observed, reportFailure(observed, said.failure, 'the last step failed'));
  if (said?.say === 'look') return { do: 'send', why: said.name, request: said.request, fills: `look:${said.name}` };
  const isPolled = asked(observed, 'poll') !== undefined;
  const sentGeneration = Number(
    annotation(observed, LATEST_RECONCILED_GENERATION) ?? observed.object.metadata.generation,
  );
  const isEdited = isPolled && sentGeneration !== observed.object.metadata.generation;
  const before = readMemo(statusOf(observed));
  const wasSent = isPolled || asked(observed, 'put') !== undefined || observed.policy === 'skip';
  const goal = isPolled ? (before?.goal ?? '') : goalHash(observed);
  // Looking without having sent is no sync: the time of the last PUT stays, so drift is still corrected when it was due.
  const memo = wasSent || before === undefined ? memoNow(observed, goal) : { ...before, goal };
  const annotations = { ...withoutOperation(observed), ...said?.value };
  return report(observed, {
    why: isEdited ? 'reached what was sent; the object was edited meanwhile' : 'the goal is reached',
    verdict: { ready: true },
    again: isEdited ? { kind: 'after', afterMs: 0, lane: 'retry' } : atSync(observed, memo),
    progress: 'made',
    status: {
      ...(hasVerb(observed, 'GET') ? freshStatus(observed) : {}),
      ...observedGeneration(observed, isEdited ? sentGeneration : undefined),
      ...writeMemo(memo),
    },
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    ...(isEdited ? { generation: sentGeneration } : {}),
  });
};

function observedGeneration(observed: Observed, sent: number | undefined): JsonObject {
  const generation = sent ?? observed.object.metadata.generation;
  return generation === undefined ? {} : { observedGeneration: generation };
}

function withFreshStatus(observed: Observed, action: ReturnType<typeof reportFailure>): Action {
  const before = readMemo(statusOf(observed));
  const sent =
    asked(observed, 'put') !== undefined && observed.inputs.ok ? memoNow(observed, goalHash(observed)) : before;
  if (!isObject(answered(observed, 'read')?.body)) return action;
  const { pending: _over, ...memo } = sent ?? {};
  return {
    ...action,
    status: { ...freshStatus(observed), ...(sent === undefined ? {} : writeMemo({ ...sent, ...memo })) },
  };
}
