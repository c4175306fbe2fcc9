// The door to Azure Resource Manager. Any HTTP status is data; only a request without a readable answer throws, as ArmError.
// It stands on the SDK's client and its pipeline (authorization, user agent, connections), with the SDK's own retries, redirects and
// polling switched off: the one retry loop is the queue's, and operations are polled by passes.

import { ResourceManagementClient } from '@azure/arm-resources';
import type { TokenCredential } from '@azure/core-auth';
import {
  bearerTokenAuthenticationPolicyName,
  createHttpHeaders,
  createPipelineRequest,
  type HttpClient,
  type PipelineResponse,
  redirectPolicyName,
  tracingPolicyName,
} from '@azure/core-rest-pipeline';
import type { Json } from '../values/json.ts';
import { mapSecrets } from '../values/secret.ts';
import { type Authority, authorizePolicy, TokenError } from './authorize.ts';
import type { ArmAnswer, ArmRequest } from './request.ts';

/** No readable answer came: a lost connection, a deadline, or no token (then `cause` is the refusal, unscrubbed). */
export class ArmError extends Error {
  readonly code: 'lost' | 'token' | 'foreign-url';

  constructor(code: ArmError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Who a request is made as, and against which Azure. `key` names it; a client is kept for each. */
export interface ArmPrincipal extends Authority {
  readonly key: string;
  readonly endpoint: string;
}

/** One finished exchange, for metrics and logs. `status` 0: no answer. */
export interface Exchange {
  readonly request: ArmRequest;
  readonly status: number;
  readonly ms: number;
}

export interface ArmOptions {
  readonly version: string;
  readonly userAgentSuffix: string;
  readonly timeoutMs: number;
  readonly http: HttpClient;
  readonly onExchange: (exchange: Exchange) => void;
}

export type ArmSend = (request: ArmRequest, principal: ArmPrincipal, signal: AbortSignal) => Promise<ArmAnswer>;

const MAX_CLIENTS = 200;

/** The door. It rejects with ArmError alone: after `timeoutMs`, or with the signal, at the latest. Nothing is tried twice but a refused token. */
export function createArm(options: ArmOptions): ArmSend {
  const { http } = options;
  // Least recently used first: a changed Secret makes a new key, and the old client must not stay for ever.
  const clients = new Map<string, ResourceManagementClient>();

  const clientFor = (principal: ArmPrincipal): ResourceManagementClient => {
    const client = clients.get(principal.key) ?? newClient(principal, options);
    clients.delete(principal.key);
    clients.set(principal.key, client);
    const [oldest] = clients.keys();
    if (clients.size > MAX_CLIENTS && oldest !== undefined) clients.delete(oldest);
    return client;
  };

  return async (request, principal, signal) => {
    const url = absoluteUrl(request.url, principal.endpoint);
    const begun = performance.now();
    try {
      const answer = await exchange({
        client: clientFor(principal),
        http,
        request,
        url,
        signal,
        timeoutMs: options.timeoutMs,
      });
      options.onExchange({ request, status: answer.status, ms: performance.now() - begun });
      return answer;
    } catch (error) {
      options.onExchange({ request, status: 0, ms: performance.now() - begun });
      throw error instanceof ArmError ? error : asArmError(error, request);
    }
  };
}

/** The SDK's client wants a credential; the policy that would ask it is replaced. */
const NOBODY: TokenCredential = { getToken: async () => null };

function newClient(principal: ArmPrincipal, options: ArmOptions): ResourceManagementClient {
  const agent = `aso-controller/${options.version}${options.userAgentSuffix === '' ? '' : ` ${options.userAgentSuffix}`}`;
  const client = new ResourceManagementClient(NOBODY, {
    endpoint: principal.endpoint,
    userAgentOptions: { userAgentPrefix: agent },
    retryOptions: { maxRetries: 0 },
  });
  client.pipeline.removePolicy({ name: redirectPolicyName });
  client.pipeline.removePolicy({ name: tracingPolicyName });
  client.pipeline.removePolicy({ name: bearerTokenAuthenticationPolicyName });
  client.pipeline.addPolicy(authorizePolicy(principal), { phase: 'Sign' });
  return client;
}

interface Sending {
  readonly client: ResourceManagementClient;
  readonly http: HttpClient;
  readonly request: ArmRequest;
  readonly url: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

async function exchange(sending: Sending): Promise<ArmAnswer> {
  const { request } = sending;
  const response = await sending.client.pipeline.sendRequest(
    sending.http,
    createPipelineRequest({
      url: sending.url,
      method: request.verb,
      timeout: sending.timeoutMs,
      abortSignal: sending.signal,
      headers: createHttpHeaders({
        Accept: 'application/json',
        ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...request.headers,
      }),
      // The one place where a body's secrets are opened.
      ...(request.body === undefined
        ? {}
        : { body: JSON.stringify(mapSecrets(request.body, (secret) => secret.reveal())) }),
    }),
  );
  return answerOf(response);
}

function answerOf(response: PipelineResponse): ArmAnswer {
  const headers = Object.fromEntries([...response.headers].map(([name, value]) => [name.toLowerCase(), value]));
  // Some providers start JSON with a byte-order mark; parsing fails unless it goes (arm-protocol section 1).
  const text = (response.bodyAsText ?? '').replace(/^\uFEFF/, '');
  if (text.trim() === '') return { status: response.status, headers, body: undefined };
  try {
    return { status: response.status, headers, body: JSON.parse(text) as Json };
  } catch {
    // A proxy's page with status 200 is no word of Azure's: what was asked for may not have been done.
    if (response.status < 300)
      throw new ArmError('lost', `answered ${response.status} with something that is no JSON: ${text.slice(0, 100)}`);
    return { status: response.status, headers, body: undefined, text: text.slice(0, 1000) };
  }
}

/** A token goes to the principal's own endpoint only: a poll URL elsewhere is refused, whoever gave it. */
function absoluteUrl(url: string, endpoint: string): string {
  if (url.startsWith('/')) return `${endpoint.replace(/\/$/, '')}${url}`;
  if (URL.canParse(url) && new URL(url).origin === new URL(endpoint).origin) return url;
  throw new ArmError('foreign-url', `refused to send a token to ${url.slice(0, 120)}: it is not below ${endpoint}`);
}

function asArmError(error: unknown, request: ArmRequest): ArmError {
  if (error instanceof TokenError) return new ArmError('token', error.message, { cause: error.cause ?? error });
  const path = request.url.split('?')[0];
  const said = error instanceof Error ? error.message : String(error);
  return new ArmError('lost', `${request.verb} ${path}: ${said}`, { cause: error });
}
