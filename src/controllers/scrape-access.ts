// Who may see the metrics: the API server says who a token belongs to (TokenReview) and whether that one may `get` the path
// (SubjectAccessReview), as for the original. A caller needs a ClusterRole with nonResourceURLs: [/metrics], verbs: [get].

import { createHash } from 'node:crypto';
import type { KubeSend } from '../kube/types.ts';
import { isObject, type Json, type JsonObject } from '../values/json.ts';
import { type Page, type Pages, plain } from './probes.ts';

/** How long an answer counts: short enough that a withdrawn right is soon gone, long enough that scrapes ask seldom. */
const KEPT_MS = 60_000;
const MAX_KEPT = 200;
const REVIEW_TIMEOUT_MS = 10_000;

export interface AccessOptions {
  readonly send: KubeSend;
  readonly now: () => number;
  readonly complain: (message: string) => void;
}

type Verdict = 'allowed' | 'unknown' | 'denied' | { readonly problem: string };

/** The same pages for callers whom the API server lets see them: 401 for who is unknown, 403 for who may not, 500 when nobody can tell. */
export function guarded(pages: Pages, options: AccessOptions): Pages {
  const kept = new Map<string, { readonly verdict: Verdict; readonly at: number }>();

  const verdictOf = async (token: string, path: string): Promise<Verdict> => {
    // Tokens themselves are not kept.
    const key = createHash('sha256').update(`${token}\n${path}`).digest('hex');
    const held = kept.get(key);
    if (held !== undefined && options.now() - held.at < KEPT_MS) return held.verdict;
    const verdict = await review(options.send, token, path);
    kept.delete(key);
    if (typeof verdict === 'string') kept.set(key, { verdict, at: options.now() });
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    return verdict;
  };

  return async (request) => {
    if (request.token === undefined) return plain(401, 'Unauthorized');
    const verdict = await verdictOf(request.token, request.path);
    return verdict === 'allowed' ? pages(request) : refusal(verdict, request.path, options.complain);
  };
}

function refusal(verdict: Exclude<Verdict, 'allowed'>, path: string, complain: (message: string) => void): Page {
  if (verdict === 'unknown') return plain(401, 'Unauthorized');
  if (verdict === 'denied')
    return plain(403, `Authorization denied: the caller's roles do not let it get the path ${path}`);
  complain(verdict.problem);
  return plain(500, 'the API server did not say whether the caller may see this; the log of the operator says why');
}

async function review(send: KubeSend, token: string, path: string): Promise<Verdict> {
  const who = await ask(send, 'authentication.k8s.io/v1', 'TokenReview', { token });
  if ('problem' in who) return { problem: String(who.problem) };
  if (who.authenticated !== true) return 'unknown';
  const user = isObject(who.user) ? who.user : {};
  const may = await ask(send, 'authorization.k8s.io/v1', 'SubjectAccessReview', {
    user: user.username ?? '',
    uid: user.uid ?? '',
    groups: user.groups ?? [],
    extra: user.extra ?? {},
    nonResourceAttributes: { path, verb: 'get' },
  });
  if ('problem' in may) return { problem: String(may.problem) };
  return may.allowed === true ? 'allowed' : 'denied';
}

/** The review's status, or why there is none. */
async function ask(send: KubeSend, apiVersion: string, kind: string, spec: JsonObject): Promise<JsonObject> {
  const path = `/apis/${apiVersion}/${kind.toLowerCase()}s`;
  try {
    const answer = await send(
      { verb: 'POST', path, body: { apiVersion, kind, spec } },
      AbortSignal.timeout(REVIEW_TIMEOUT_MS),
    );
    const body: Json | undefined = answer.body;
    if (answer.status === 201 && isObject(body)) return isObject(body.status) ? body.status : {};
    const message = isObject(body) ? String(body.message ?? '') : '';
    return { problem: `a ${kind} was refused with ${answer.status}: ${message}` };
  } catch (error) {
    return { problem: `a ${kind} could not be asked for: ${error instanceof Error ? error.message : error}` };
  }
}
