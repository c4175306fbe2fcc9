// The login host: discovery, and tokens for client credentials (secret, certificate, federation). Source: arm-protocol section 16.

import { createHash, timingSafeEqual } from 'node:crypto';
import { isObject } from '../values/json.ts';
import { applicationOf } from './applications.ts';
import { assertionProblem, type Refusal } from './assertions.ts';
import { guidOf } from './made.ts';
import type { Answer, Request } from './message.ts';
import { mint } from './minted.ts';
import type { Application, EmulatorSettings } from './settings.ts';
import type { State } from './state.ts';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Answers the login host's paths; undefined for all others. */
export function login(request: Request, state: State, settings: EmulatorSettings, now: number): Answer | undefined {
  const path = request.path.toLowerCase();
  if (path.endsWith('/.well-known/openid-configuration')) return { status: 200, body: openid(request) };
  if (path === '/common/discovery/instance')
    return {
      status: 200,
      body: {
        tenant_discovery_endpoint: `${request.base}/${settings.tenantId}/v2.0/.well-known/openid-configuration`,
        metadata: [],
      },
    };
  const match = /^\/([^/]+)\/oauth2\/(?:v2\.0\/)?token$/.exec(path);
  return match === null || request.method !== 'POST'
    ? undefined
    : grant(request, state, settings, { now, tenant: match[1] ?? '' });
}

function openid(request: Request): { readonly [member: string]: string } {
  const tenant = request.path.split('/')[1];
  return {
    issuer: `${request.base}/${tenant}/v2.0`,
    token_endpoint: `${request.base}/${tenant}/oauth2/v2.0/token`,
    authorization_endpoint: `${request.base}/${tenant}/oauth2/v2.0/authorize`,
    jwks_uri: `${request.base}/${tenant}/discovery/v2.0/keys`,
  };
}

interface At {
  readonly now: number;
  readonly tenant: string;
}

function grant(request: Request, state: State, settings: EmulatorSettings, at: At): Answer {
  const form = new URLSearchParams(request.text);
  const basic = basicLogin(request.headers.authorization);
  const clientId = form.get('client_id') ?? basic?.user ?? '';
  const refuse = (refusal: Refusal): Answer => refused(refusal, state, at.now);
  if (![settings.tenantId, ...settings.otherTenants].some((tenant) => tenant.toLowerCase() === at.tenant))
    return refuse({
      status: 400,
      error: 'invalid_request',
      code: 90002,
      message: `Tenant '${at.tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.`,
    });
  const application = applicationOf(state, settings, { clientId, tenant: at.tenant });
  if (application === undefined)
    return refuse({
      status: 400,
      error: 'unauthorized_client',
      code: 700016,
      message: `Application with identifier '${clientId}' was not found in the directory '${at.tenant}'.`,
    });
  const problem = form.has('client_assertion')
    ? ofAssertion(form, application, { request, settings, at })
    : secretProblem(application, form.get('client_secret') ?? basic?.password);
  if (problem !== undefined) return refuse(problem);
  const scope = form.get('scope')?.split(' ')[0] ?? form.get('resource') ?? `${request.base}/.default`;
  const token = mint(state, settings, {
    clientId: application.clientId,
    tenantId: at.tenant,
    audience: scope.replace(/\/?\.default$/, ''),
    now: at.now,
    claims: claimsOf(form.get('claims')),
  });
  return {
    status: 200,
    body: {
      token_type: 'Bearer',
      expires_in: settings.tokenLifetimeS,
      ext_expires_in: settings.tokenLifetimeS,
      access_token: token,
    },
  };
}

function ofAssertion(
  form: URLSearchParams,
  application: Application,
  where: { readonly request: Request; readonly settings: EmulatorSettings; readonly at: At },
): Refusal | undefined {
  if (form.get('client_assertion_type') !== ASSERTION_TYPE)
    return {
      status: 400,
      error: 'invalid_request',
      code: 900144,
      message: "The request body must contain the parameter 'client_assertion_type' with the value for a JWT.",
    };
  const { request, at, settings } = where;
  const root = `${request.base}/${at.tenant}`;
  return assertionProblem({
    assertion: form.get('client_assertion') ?? '',
    application,
    settings,
    audiences: [`${root}/oauth2/v2.0/token`, `${root}/oauth2/token`, `${root}/v2.0`],
    now: at.now,
  });
}

function secretProblem(application: Application, secret: string | undefined): Refusal | undefined {
  if (secret === undefined || secret === '')
    return {
      status: 401,
      error: 'invalid_client',
      code: 7000218,
      message: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    };
  if (application.clientSecret !== undefined && same(secret, application.clientSecret)) return undefined;
  return {
    status: 401,
    error: 'invalid_client',
    code: 7000215,
    message: `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${application.clientId}'.`,
  };
}

/** What a client asks a token to satisfy: `claims` is JSON, {access_token: {nbf: {value}, xms_cc: {values}}}. */
function claimsOf(text: string | null): { readonly notBefore?: number; readonly hasCae: boolean } {
  try {
    const asked = JSON.parse(text ?? '{}') as { access_token?: Record<string, { value?: string; values?: string[] }> };
    const { nbf, xms_cc: capabilities } = isObject(asked.access_token as never) ? (asked.access_token ?? {}) : {};
    return {
      hasCae: capabilities?.values?.includes('cp1') ?? false,
      ...(nbf?.value === undefined ? {} : { notBefore: Number(nbf.value) }),
    };
  } catch {
    return { hasCae: false };
  }
}

function basicLogin(authorization: string | undefined): { user: string; password: string } | undefined {
  if (authorization?.startsWith('Basic ') !== true) return undefined;
  const [user = '', password = ''] = Buffer.from(authorization.slice('Basic '.length), 'base64')
    .toString('utf8')
    .split(':');
  return { user: decodeURIComponent(user), password: decodeURIComponent(password) };
}

function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Entra's form: the code in the text, and ids of the try that are other ones each time. */
function refused(refusal: Refusal, state: State, now: number): Answer {
  state.counter += 1;
  const [trace, correlation] = [guidOf(`trace ${state.counter}`), guidOf(`correlation ${state.counter}`)];
  const timestamp = new Date(now)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
  return {
    status: refusal.status,
    body: {
      error: refusal.error,
      error_description: `AADSTS${refusal.code}: ${refusal.message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
      error_codes: [refusal.code],
      timestamp,
      trace_id: trace,
      correlation_id: correlation,
      error_uri: `https://login.microsoftonline.com/error?code=${refusal.code}`,
    },
  };
}
