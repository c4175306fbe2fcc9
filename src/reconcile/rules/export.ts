// From what Azure has to the Secrets and ConfigMaps that the object wants: asks for what they need, plans them, has them written.

import { fromToken, polled, pollRequest, started, toToken } from '../../arm/operation.ts';
import { type ArmRequest, get, post } from '../../arm/request.ts';
import { callsNeeded, planExports } from '../../exports/plan.ts';
import { textAt } from '../../exports/source.ts';
import type { ExportCall } from '../../kinds/arm-map.ts';
import { isObject, type Json, type JsonObject } from '../../values/json.ts';
import type { Action, Fill } from '../action.ts';
import { afterPoll } from '../again.ts';
import { EXPORT_POLLER_RESUME_TOKEN } from '../annotations.ts';
import { classify, classifyAnswer } from '../classify.ts';
import { annotation, answered, asked, bodyOf, isOk, resourceId } from '../facts.ts';
import { type Failure, fatal, warning } from '../failure.ts';
import { freshStatus, withFreshStatus } from '../fresh-status.ts';
import type { Asked, Observed } from '../observed.ts';
import { report, reportFailure, softened } from '../report.ts';
import type { Rule } from '../rule.ts';

/** A list of keys has one page; a service that never comes to its end must not hold the pass. */
const MAX_PAGES = 10;

/** What somebody wants is asked for; nobody wants, nothing is asked. */
export const keys: Rule = (observed) => {
  for (const name of callsNeeded(observed.object, observed.kind.map)) {
    const call = observed.kind.map.calls?.[name];
    const request = call === undefined ? undefined : requestOf(observed, call);
    if (call === undefined || request === undefined) continue;
    const action = call.waits === true ? awaited(observed, name, request) : pages(observed, name, { call, request });
    if (action !== undefined) return action;
  }
  return undefined;
};

/** undefined: the status does not name the resource that is to be read. */
function requestOf(observed: Observed, call: ExportCall): ArmRequest | undefined {
  const id = resourceId(observed);
  if ('action' in call) return id === undefined ? undefined : post(`${id}/${call.action}`, call.api);
  const of = textAt(freshStatus(observed), call.of);
  return of === undefined ? undefined : get(of, call.api);
}

const pageName = (name: string, page: number): Fill => (page === 1 ? `call:${name}` : `call:${name} page ${page}`);

function pages(
  observed: Observed,
  name: string,
  { call, request }: { readonly call: ExportCall; readonly request: ArmRequest },
): Action | undefined {
  let next: ArmRequest | undefined = request;
  for (let page = 1; next !== undefined; page += 1) {
    const fills = pageName(name, page);
    if (page > MAX_PAGES)
      return withFreshStatus(
        observed,
        reportFailure(
          observed,
          warning('Failed', `${name} of ${resourceId(observed)} has no end`),
          `${name} has no end`,
        ),
      );
    const seen: Asked | undefined = asked(observed, fills);
    if (seen === undefined) return { do: 'send', why: `an export wants ${name}`, request: next, fills };
    const answer = answered(observed, fills);
    if (answer === undefined || !isOk(answer)) return refused(observed, seen, name);
    next = call.paged === true ? nextPage(answer.body) : undefined;
  }
  return undefined;
}

function nextPage(body: Json | undefined): ArmRequest | undefined {
  return isObject(body) && typeof body.nextLink === 'string' && body.nextLink !== ''
    ? { verb: 'GET', url: body.nextLink }
    : undefined;
}

function refused(observed: Observed, seen: Asked, name: string): Action {
  return withFreshStatus(
    observed,
    reportFailure(observed, classifyAnswer(seen.answer, observed.kind.map), `${name} was refused`),
  );
}

/** An action that Azure works on for minutes: its operation is kept on the object, one look per pass, and the answer taken at its end. */
function awaited(observed: Observed, name: string, request: ArmRequest): Action | undefined {
  const kept = annotation(observed, EXPORT_POLLER_RESUME_TOKEN);
  const operation = kept === undefined ? undefined : fromToken(kept);
  if (operation !== undefined) {
    const poll = asked(observed, `look:${name}`);
    if (poll === undefined)
      return { do: 'send', why: `is ${name} done?`, request: pollRequest(operation), fills: `look:${name}` };
    if ('lost' in poll.answer) return refused(observed, poll, name);
    return waits(observed, name, polled(operation, poll.answer, observed.now));
  }
  const sent = asked(observed, `call:${name}`);
  if (sent === undefined) return { do: 'send', why: `an export wants ${name}`, request, fills: `call:${name}` };
  if ('lost' in sent.answer) return refused(observed, sent, name);
  return waits(observed, name, started(request, sent.answer, observed.now));
}

function waits(observed: Observed, name: string, progress: ReturnType<typeof polled>): Action | undefined {
  switch (progress.state) {
    case 'done':
      return undefined;
    case 'running':
      return withFreshStatus(
        observed,
        report(observed, {
          why: `Azure works on ${name}`,
          verdict: { ready: false, severity: 'Info', reason: 'Reconciling', message: `waiting for ${name} in Azure` },
          again: afterPoll(progress.afterMs),
          progress: 'polled',
          annotations: { [EXPORT_POLLER_RESUME_TOKEN]: toToken(progress.operation) },
        }),
      );
    case 'unread':
    case 'failed':
      return withFreshStatus(observed, {
        ...reportFailure(observed, softened(classify(progress.error, observed.kind.map)), `${name} failed`),
        annotations: { [EXPORT_POLLER_RESUME_TOKEN]: null },
      });
  }
}

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
  const calls = Object.entries(observed.kind.map.calls ?? {});
  return Object.fromEntries(
    calls.flatMap(([name, call]) => {
      const body = call.waits === true ? resultOf(observed, name) : joined(observed, name);
      return body === undefined ? [] : [[name, body] as const];
    }),
  );
}

/** All pages as one: their lists joined. */
function joined(observed: Observed, name: string): JsonObject | undefined {
  const first = bodyOf(answered(observed, `call:${name}`));
  if (first === undefined || !Array.isArray(first.value)) return first;
  const value: Json[] = [];
  for (let page = 1; ; page += 1) {
    const body = bodyOf(answered(observed, pageName(name, page)));
    if (body === undefined) return { ...first, value };
    value.push(...(Array.isArray(body.value) ? body.value : []));
  }
}

/** What an awaited action gave: the body of its last answer, or the `properties` of an operation's status. */
function resultOf(observed: Observed, name: string): JsonObject | undefined {
  const body = bodyOf(answered(observed, `look:${name}`) ?? answered(observed, `call:${name}`));
  return typeof body?.status === 'string' && isObject(body.properties) ? body.properties : body;
}
