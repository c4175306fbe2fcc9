// Client assertions: what Entra checks of a JWT that a certificate signed, or that another issuer gave (federation).
// Source: arm-protocol section 16; codes as Entra gives them.

import { createHash, createPublicKey, type webcrypto, X509Certificate } from 'node:crypto';
import jsonwebtoken, { type Algorithm, type JwtHeader, type JwtPayload } from 'jsonwebtoken';
import type { Application, EmulatorSettings } from './settings.ts';

export interface Asserting {
  readonly assertion: string;
  readonly application: Application;
  readonly settings: EmulatorSettings;
  /** URLs that name this tenant's token endpoint: what an assertion of the application itself is made for. */
  readonly audiences: readonly [string, ...string[]];
  readonly now: number;
}

export interface Refusal {
  readonly status: number;
  readonly error: 'invalid_client' | 'invalid_request' | 'unauthorized_client';
  readonly code: number;
  readonly message: string;
}

const AUDIENCE = 'api://AzureADTokenExchange';
/** Clocks may differ by five minutes. */
const SKEW_S = 300;
const ALGORITHMS: Algorithm[] = ['RS256', 'PS256'];

/** Why the assertion is refused; undefined: it is good. */
export function assertionProblem(asserting: Asserting): Refusal | undefined {
  const decoded = jsonwebtoken.decode(asserting.assertion, { complete: true });
  if (decoded === null || typeof decoded.payload === 'string')
    return invalid(50027, 'JWT token is invalid or malformed.', 'invalid_request');
  const { clientId } = asserting.application;
  return String(decoded.payload.iss).toLowerCase() === clientId.toLowerCase()
    ? ofCertificate(asserting, decoded.header, decoded.payload)
    : ofFederation(asserting, decoded.header, decoded.payload);
}

/** The application itself signed it, with the key of a certificate that is registered with it. */
function ofCertificate(asserting: Asserting, header: JwtHeader, payload: JwtPayload): Refusal | undefined {
  const { application, audiences, now } = asserting;
  const certificate = (application.certificates ?? [])
    .map((pem) => new X509Certificate(pem))
    .find((candidate) => thumbprints(candidate).some((thumbprint) => thumbprint === thumbprintIn(header)));
  if (certificate === undefined)
    return invalid(
      700027,
      `The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found., Thumbprint of key used by client: '${thumbprintIn(header)}', Application identifier: '${application.clientId}'].`,
    );
  const checked = verified(asserting.assertion, certificate.publicKey, now);
  if (checked === 'expired') return outOfTime(payload, now);
  if (checked === 'forged')
    return invalid(
      700027,
      `Client assertion contains an invalid signature. [Reason - The key was not found or the signature does not match., Application identifier: '${application.clientId}'].`,
    );
  if (!audiences.some((audience) => [payload.aud].flat().includes(audience)))
    return invalid(
      700023,
      `Client assertion audience claim does not match Realm issuer. [Expected: '${audiences[0]}'].`,
    );
  if (String(payload.sub).toLowerCase() !== application.clientId.toLowerCase())
    return invalid(700021, "Client assertion application identifier doesn't match 'client_id' parameter.");
  return Date.parse(certificate.validTo) < now
    ? invalid(700027, 'The certificate used to sign the client assertion is expired on application.')
    : undefined;
}

/** Another issuer signed it: a cluster, for one of its service accounts. Matched case-sensitively, as Entra does. */
function ofFederation(asserting: Asserting, header: JwtHeader, payload: JwtPayload): Refusal | undefined {
  const { application, settings, now } = asserting;
  const { iss, sub, aud } = payload;
  const federations = application.federations ?? [];
  if (federations.length === 0)
    return invalid(70025, `The client '${application.clientId}' has no configured federated identity credentials.`);
  const ofIssuer = federations.filter((federation) => federation.issuer === iss);
  if (ofIssuer.length === 0)
    return invalid(
      700211,
      `No matching federated identity record found for presented assertion issuer '${iss}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion.`,
    );
  const ofSubject = ofIssuer.filter((federation) => federation.subject === sub);
  if (ofSubject.length === 0)
    return invalid(
      700213,
      `No matching federated identity record found for presented assertion subject '${sub}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion.`,
    );
  if (!ofSubject.some((federation) => [aud].flat().includes(federation.audience ?? AUDIENCE)))
    return invalid(
      700212,
      `No matching federated identity record found for presented assertion audience '${[aud].flat().join(',')}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion.`,
    );
  const keys = settings.issuerKeys[String(iss)] ?? [];
  const key = keys.find((candidate) => header.kid === undefined || candidate.kid === header.kid);
  if (key === undefined)
    return invalid(50166, 'Request to External OIDC endpoint failed: no key matches the assertion.');
  // A JSON web key of the settings is what createPublicKey takes.
  const checked = verified(
    asserting.assertion,
    createPublicKey({ key: key as webcrypto.JsonWebKey, format: 'jwk' }),
    now,
  );
  if (checked === 'expired') return outOfTime(payload, now);
  return checked === 'forged' ? invalid(50013, 'Assertion failed signature validation.') : undefined;
}

function verified(assertion: string, key: X509Certificate['publicKey'], now: number): 'good' | 'expired' | 'forged' {
  try {
    jsonwebtoken.verify(assertion, key, {
      algorithms: ALGORITHMS,
      clockTimestamp: Math.floor(now / 1000),
      clockTolerance: SKEW_S,
    });
    return 'good';
  } catch (error) {
    return error instanceof jsonwebtoken.TokenExpiredError || error instanceof jsonwebtoken.NotBeforeError
      ? 'expired'
      : 'forged';
  }
}

function outOfTime(payload: JwtPayload, now: number): Refusal {
  const at = (seconds: number | undefined): string => new Date((seconds ?? 0) * 1000).toISOString();
  return invalid(
    700024,
    `Client assertion is not within its valid time range. Current time: ${new Date(now).toISOString()}, assertion valid from ${at(payload.nbf)}, expiry time of assertion ${at(payload.exp)}.`,
  );
}

function invalid(code: number, message: string, error: Refusal['error'] = 'invalid_client'): Refusal {
  return { status: error === 'invalid_client' ? 401 : 400, error, code, message };
}

/** SHA-256 and SHA-1 of a certificate in hex. */
function thumbprints(certificate: X509Certificate): readonly string[] {
  return ['sha256', 'sha1'].map((algorithm) =>
    createHash(algorithm).update(certificate.raw).digest('hex').toUpperCase(),
  );
}

function thumbprintIn(header: JwtHeader): string {
  const said = header['x5t#S256'] ?? header.x5t ?? '';
  return Buffer.from(said, 'base64url').toString('hex').toUpperCase();
}
