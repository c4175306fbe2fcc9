// The token endpoint: client credentials with a secret. Source: arm-protocol section 16.

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Answer, Request } from './message.ts';
import type { EmulatorSettings } from './settings.ts';
import type { State } from './state.ts';

const LIFETIME_S = 3599;
const KEY = 'emulator';

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

function grant(
  request: Request,
  state: State,
  settings: EmulatorSettings,
  at: { readonly now: number; readonly tenant: string },
): Answer {
  const form = new URLSearchParams(request.text);
  const basic = basicLogin(request.headers.authorization);
  const clientId = form.get('client_id') ?? basic?.user ?? '';
  const secret = form.get('client_secret') ?? basic?.password ?? '';
  if (at.tenant !== settings.tenantId.toLowerCase())
    return problem(
      400,
      'invalid_request',
      90002,
      `Tenant '${at.tenant}' not found. Check to make sure you have the correct tenant ID.`,
    );
  const client = settings.clients.find((candidate) => candidate.clientId.toLowerCase() === clientId.toLowerCase());
  if (client === undefined)
    return problem(
      400,
      'unauthorized_client',
      700016,
      `Application with identifier '${clientId}' was not found in the directory.`,
    );
  if (!same(secret, client.clientSecret))
    return problem(
      401,
      'invalid_client',
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value for app '${clientId}'.`,
    );
  const token = mint(client.clientId, at.now, settings);
  state.tokens.set(token, at.now + LIFETIME_S * 1000);
  return {
    status: 200,
    body: { token_type: 'Bearer', expires_in: LIFETIME_S, ext_expires_in: LIFETIME_S, access_token: token },
  };
}

function basicLogin(authorization: string | undefined): { user: string; password: string } | undefined {
  if (authorization?.startsWith('Basic ') !== true) return undefined;
  const [user = '', password = ''] = Buffer.from(authorization.slice('Basic '.length), 'base64')
    .toString('utf8')
    .split(':');
  return { user: decodeURIComponent(user), password: decodeURIComponent(password) };
}

function same(a: string, b: string): boolean {
  const left = createHmac('sha256', KEY).update(a).digest();
  return timingSafeEqual(left, createHmac('sha256', KEY).update(b).digest());
}

/** A JWT in form, so that clients that look inside find what they expect. */
function mint(clientId: string, now: number, settings: EmulatorSettings): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const seconds = Math.floor(now / 1000);
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ appid: clientId, oid: clientId, tid: settings.tenantId, iat: seconds, nbf: seconds, exp: seconds + LIFETIME_S })}`;
  return `${text}.${createHmac('sha256', KEY).update(text).digest('base64url')}`;
}

function problem(status: number, error: string, code: number, message: string): Answer {
  return {
    status,
    body: {
      error,
      error_description: `AADSTS${code}: ${message}`,
      error_codes: [code],
      timestamp: '2001-02-03 04:05:06Z',
      trace_id: '0',
      correlation_id: '0',
    },
  };
}

/** Who sends a request to Azure, or the 401 that it gets. */
export function principalOf(
  request: Request,
  state: State,
  now: number,
): { readonly principal: string } | { readonly refused: Answer } {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const refuse = (code: string, message: string): { refused: Answer } => ({
    refused: {
      status: 401,
      headers: { 'WWW-Authenticate': `Bearer authorization_uri="${request.base}", error="invalid_token"` },
      body: { error: { code, message } },
    },
  });
  if (token === undefined)
    return refuse('AuthenticationFailed', "Authentication failed. The 'Authorization' header is missing.");
  const endsAt = state.tokens.get(token);
  if (endsAt === undefined) return refuse('InvalidAuthenticationToken', 'The access token is invalid.');
  if (endsAt <= now)
    return refuse('ExpiredAuthenticationToken', 'The access token expiry UTC time is earlier than current UTC time.');
  // Every token in the map was minted above.
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as { appid: string };
  return { principal: claims.appid };
}
