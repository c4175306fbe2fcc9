// Tokens that were given out, and what Azure Resource Manager checks of one that comes with a request.

import { createHmac } from 'node:crypto';
import { isObject } from '../values/json.ts';
import { isForGraph } from './graph.ts';
import { type Answer, type Request, refuse } from './message.ts';
import type { EmulatorSettings } from './settings.ts';
import type { State } from './state.ts';

const KEY = 'emulator';
/** Audiences that mean Azure Resource Manager, beside the emulator's own address. */
const GRAPH = ['https://graph.microsoft.com', 'https://graph.microsoft.us', 'https://microsoftgraph.chinacloudapi.cn'];
const MANAGEMENT = ['https://management.azure.com', 'https://management.core.windows.net'];
/** The limit on tokens for other tenants in one request. */
const MAX_AUXILIARY = 3;

export interface Minting {
  readonly clientId: string;
  readonly tenantId: string;
  readonly audience: string;
  readonly now: number;
  readonly claims?: { readonly notBefore?: number; readonly hasCae: boolean };
}

interface Claims {
  readonly appid: string;
  readonly tid: string;
  readonly aud: string;
  readonly iat: number;
  readonly xms_cc?: readonly string[];
  /** The moment that a claims challenge named, when this token was fetched for one. */
  readonly met?: number;
}

/** A JWT in form, so that clients that look inside find what they expect; kept, so that nobody else can make one. */
export function mint(state: State, settings: EmulatorSettings, minting: Minting): string {
  const { clientId, tenantId, now, claims } = minting;
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const iat = Math.floor(now / 1000);
  state.counter += 1;
  const payload = {
    appid: clientId,
    oid: clientId,
    tid: tenantId,
    aud: minting.audience,
    iat,
    nbf: iat,
    exp: iat + settings.tokenLifetimeS,
    uti: String(state.counter),
    ...(claims?.hasCae === true ? { xms_cc: ['cp1'] } : {}),
    ...(claims?.notBefore === undefined ? {} : { met: claims.notBefore }),
  };
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(payload)}`;
  const token = `${text}.${createHmac('sha256', KEY).update(text).digest('base64url')}`;
  state.tokens.set(token, now + settings.tokenLifetimeS * 1000);
  return token;
}

export interface Caller {
  /** Client id. */
  readonly principal: string;
  /** Tenants that the caller has shown a token of: the home tenant first. */
  readonly tenants: readonly string[];
}

/** Who sends a request to Azure, or the 401 that it gets. */
export function callerOf(
  request: Request,
  state: State,
  settings: EmulatorSettings,
  now: number,
): Caller | { readonly refused: Answer } {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined)
    return unauthorized(
      request,
      'AuthenticationFailed',
      "Authentication failed. The 'Authorization' header is missing.",
    );
  const claims = claimsIn(token, state);
  if (claims === undefined) return unauthorized(request, 'InvalidAuthenticationToken', 'The access token is invalid.');
  if ((state.tokens.get(token) ?? 0) <= now)
    return unauthorized(
      request,
      'ExpiredAuthenticationToken',
      'The access token expiry UTC time is earlier than current UTC time.',
    );
  const audiences = audiencesOf(request);
  if (!audiences.includes(claims.aud.replace(/\/+$/, '')))
    return unauthorized(
      request,
      'InvalidAuthenticationTokenAudience',
      `The access token has been obtained for wrong audience or resource '${claims.aud}'. It should exactly match with one of the allowed audiences '${audiences.join("','")}'.`,
    );
  if (claims.tid.toLowerCase() !== settings.tenantId.toLowerCase())
    return unauthorized(
      request,
      'InvalidAuthenticationTokenTenant',
      `The access token is from the wrong issuer 'https://sts.windows.net/${claims.tid}/'. It must match the tenant 'https://sts.windows.net/${settings.tenantId}/' associated with this subscription.`,
    );
  const challenge = challengeOf(request, claims, settings);
  if (challenge !== undefined) return challenge;
  const auxiliary = auxiliaryTenants(request, state, now);
  return auxiliary === undefined
    ? unauthorized(
        request,
        'InvalidAuxiliaryTokens',
        `Authentication failed for auxiliary token: at most ${MAX_AUXILIARY} valid ones are allowed.`,
      )
    : { principal: claims.appid, tenants: [claims.tid, ...auxiliary] };
}

/** ARM and Graph take no token of each other. Of this server ARM has the address, Graph the name (see graphBase). */
function audiencesOf(request: Request): readonly string[] {
  return isForGraph(request) ? [graphBase(request.base), ...GRAPH] : [request.base, ...MANAGEMENT];
}

/** Base URL under which this server is Microsoft Graph. */
export function graphBase(base: string): string {
  return base.replace('127.0.0.1', 'localhost');
}

/** Every token in the map was minted above. */
function claimsIn(token: string, state: State): Claims | undefined {
  return state.tokens.has(token)
    ? (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Claims)
    : undefined;
}

/** A token from before the sessions were revoked must be replaced by one that satisfies the claims in the challenge. */
function challengeOf(request: Request, claims: Claims, settings: EmulatorSettings): { refused: Answer } | undefined {
  const at = settings.sessionsRevokedAt;
  if (at === undefined || claims.iat * 1000 >= at || (claims.met ?? 0) * 1000 >= at) return undefined;
  const message = 'The access token has been revoked.';
  if (claims.xms_cc?.includes('cp1') !== true) return unauthorized(request, 'InvalidAuthenticationToken', message);
  const value = String(Math.ceil(at / 1000));
  const wanted = Buffer.from(JSON.stringify({ access_token: { nbf: { essential: true, value } } })).toString('base64');
  return {
    refused: {
      ...refuse(401, 'InvalidAuthenticationToken', message),
      headers: {
        'WWW-Authenticate': `Bearer realm="", authorization_uri="${request.base}/common/oauth2/authorize", client_id="${claims.appid}", error="insufficient_claims", claims="${wanted}"`,
      },
    },
  };
}

/** Tenants of the tokens in x-ms-authorization-auxiliary; undefined when one is not good or there are too many. */
function auxiliaryTenants(request: Request, state: State, now: number): readonly string[] | undefined {
  const header = request.headers['x-ms-authorization-auxiliary'];
  if (header === undefined) return [];
  const tokens = header.split(',').map((part) => part.trim().replace(/^Bearer /, ''));
  const tenants = tokens.flatMap((token) => {
    const claims = (state.tokens.get(token) ?? 0) > now ? claimsIn(token, state) : undefined;
    return claims === undefined ? [] : [claims.tid];
  });
  return tenants.length === tokens.length && tokens.length <= MAX_AUXILIARY ? tenants : undefined;
}

function unauthorized(request: Request, code: string, message: string): { readonly refused: Answer } {
  return {
    refused: {
      ...refuse(401, code, message),
      headers: { 'WWW-Authenticate': `Bearer authorization_uri="${request.base}", error="invalid_token"` },
    },
  };
}

/** A write that names a subscription of another tenant needs a token of that tenant beside its own. */
export function linkedProblem(request: Request, caller: Caller, settings: EmulatorSettings): Answer | undefined {
  if (!isObject(request.body)) return undefined;
  const named = request.text.toLowerCase() || JSON.stringify(request.body).toLowerCase();
  for (const [subscription, tenant] of Object.entries(settings.linkedSubscriptions)) {
    const isShown = caller.tenants.some((shown) => shown.toLowerCase() === tenant.toLowerCase());
    if (isShown || !named.includes(`/subscriptions/${subscription.toLowerCase()}`)) continue;
    return refuse(
      403,
      'LinkedAuthorizationFailed',
      `The client '${caller.principal}' has permission to perform action on scope '${request.path}', however the current tenant '${caller.tenants[0]}' is not authorized to access linked subscription '${subscription}'.`,
    );
  }
  return undefined;
}
