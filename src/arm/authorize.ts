// Puts tokens on requests: the caller's own, and one for each additional tenant. Keeps them, renews them before they end, and when Azure
// refuses one, fetches another and sends the request once more. A policy of the SDK's pipeline.
// Not the SDK's own policy: that one renews in a promise nobody waits for, and a refused renewal ends the process.

import type { AccessToken, TokenCredential } from '@azure/core-auth';
import type { PipelinePolicy, PipelineRequest } from '@azure/core-rest-pipeline';
import { whileWanted } from '../values/while-wanted.ts';

export interface Authority {
  /** Made anew to get rid of the tokens that the SDK keeps. Throws when the credential cannot be used. */
  readonly tokenCredential: () => TokenCredential;
  readonly audience: string;
  /** Tenants whose tokens go along in x-ms-authorization-auxiliary. */
  readonly additionalTenants: readonly string[];
}

/** No token could be had; `cause` says why and may hold secrets. */
export class TokenError extends Error {
  readonly code = 'token';
}

const RENEW_BEFORE_MS = 5 * 60_000;
const RENEWAL_PAUSE_MS = 30_000;

/** Signs every request for this authority. A 401 is answered with a new token and one more try; without a token it throws TokenError. */
export function authorizePolicy(authority: Authority): PipelinePolicy {
  const own = createTokenSource(authority, undefined);
  const others = authority.additionalTenants.map((tenant) => createTokenSource(authority, tenant));

  const sign = async (request: PipelineRequest): Promise<string> => {
    const [token, ...auxiliary] = await Promise.all(
      [own, ...others].map((source) => forRequest(source.token(), request)),
    );
    request.headers.set('Authorization', `Bearer ${token}`);
    if (auxiliary.length > 0)
      request.headers.set('x-ms-authorization-auxiliary', auxiliary.map((other) => `Bearer ${other}`).join(', '));
    // The first of at least one.
    return token as string;
  };

  return {
    name: 'authorize',
    sendRequest: async (request, next) => {
      if (!request.url.startsWith('https:'))
        throw new TokenError(`refused to send a token over plain HTTP to ${new URL(request.url).host}`);
      const sent = await sign(request);
      const response = await next(request);
      if (response.status !== 401) return response;
      const claims = claimsIn(response.headers.get('www-authenticate'));
      await forRequest(own.replace(sent, claims), request);
      return (await sign(request)) === sent ? response : next(request);
    },
  };
}

interface TokenSource {
  readonly token: () => Promise<string>;
  /** Fetches another token than this one, which Azure refused; `claims` is what the new one must satisfy. */
  readonly replace: (refused: string, claims: string | undefined) => Promise<void>;
}

interface Kept extends AccessToken {
  readonly renewAt: number;
}

function createTokenSource(authority: Authority, tenantId: string | undefined): TokenSource {
  const scope = `${authority.audience.replace(/\/$/, '')}/.default`;
  let credential: TokenCredential | undefined;
  let kept: Kept | undefined;
  let underWay: Promise<Kept> | undefined;

  const fetchToken = async (claims?: string): Promise<Kept> => {
    const begun = Date.now();
    try {
      credential ??= authority.tokenCredential();
      const token = await credential.getToken(scope, {
        enableCae: true,
        ...(tenantId === undefined ? {} : { tenantId }),
        ...(claims === undefined ? {} : { claims }),
      });
      if (token === null) throw new Error('the credential gave no token');
      kept = { ...token, renewAt: renewAt(token, begun) };
      return kept;
    } catch (error) {
      // The SDK repeats a failure of the login host for a minute without asking it: the next try is a fresh one.
      credential = undefined;
      throw new TokenError('no token could be had', { cause: error });
    }
  };
  /** One request for a token at a time, whoever waits for it. */
  const fetched = (claims?: string): Promise<Kept> => {
    underWay ??= fetchToken(claims).finally(() => {
      underWay = undefined;
    });
    return underWay;
  };

  return {
    token: async () => {
      const held = kept;
      if (held === undefined || Date.now() >= held.expiresOnTimestamp) return (await fetched()).token;
      if (Date.now() < held.renewAt) return held.token;
      // Still good: a login host that is out of order is asked again later.
      return fetched().then(
        (renewed) => renewed.token,
        () => {
          kept = { ...held, renewAt: Math.min(Date.now() + RENEWAL_PAUSE_MS, held.expiresOnTimestamp) };
          return held.token;
        },
      );
    },
    replace: async (refused, claims) => {
      if (kept !== undefined && kept.token !== refused) return;
      kept = undefined;
      // The SDK keeps tokens too, and gives the refused one again unless it is asked for claims.
      if (claims === undefined) credential = undefined;
      await fetched(claims);
    },
  };
}

/** Five minutes before the end, or after half of a short life. */
function renewAt(token: AccessToken, begun: number): number {
  const end = token.expiresOnTimestamp;
  const early = end - Math.min(RENEW_BEFORE_MS, (end - begun) / 2);
  return Math.min(token.refreshAfterTimestamp ?? early, early);
}

/** The claims that Azure's challenge asks for (continuous access evaluation): JSON, base64 in the header. */
function claimsIn(challenge: string | undefined): string | undefined {
  if (challenge === undefined || !/error="insufficient_claims"/.test(challenge)) return undefined;
  const claims = /claims="([^"]+)"/.exec(challenge)?.[1];
  return claims === undefined ? undefined : Buffer.from(claims, 'base64').toString('utf8');
}

/** A token is fetched for all who want it; one who stops waiting does not stop it. */
function forRequest<T>(token: Promise<T>, { abortSignal }: PipelineRequest): Promise<T> {
  return abortSignal instanceof AbortSignal ? whileWanted(token, abortSignal) : token;
}
