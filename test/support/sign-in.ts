// Everything that signs in and is signed in to, with no cluster: the emulator over TLS with its own CA, and the operator's way to it.

import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import jsonwebtoken from 'jsonwebtoken';
import { ArmError, createArm } from '../../src/arm/client.ts';
import { createHttp } from '../../src/arm/http.ts';
import type { ArmAnswer, ArmRequest } from '../../src/arm/request.ts';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/server.ts';
import type { Credential, How } from '../../src/identity/credential.ts';
import { tokenRefusal } from '../../src/identity/refusal.ts';
import { type TokenDoors, tokenCredential } from '../../src/identity/token.ts';
import { makeCertificate } from '../../src/values/certificate.ts';
import { type ProxySettings, proxySettings } from '../../src/values/proxy.ts';

export const CLIENT = '00000000-0000-0000-0000-0000000000cc';
export const TENANT = '00000000-0000-0000-0000-0000000000aa';
export const SUBSCRIPTION = '00000000-0000-0000-0000-000000000001';
/** One authority for all servers of a test file: TLS finds an issuer by its name, and they are all called the same. */
const certificate = makeCertificate({
  now: Date.now(),
  days: 1,
  issuer: 'Test CA',
  dnsNames: ['localhost', 'azure.test'],
  ipAddresses: ['127.0.0.1'],
});
const NEVER = new AbortController().signal;

/** A file of test/support/certificates. */
export const certificateFile = (name: string): Buffer => readFileSync(`test/support/certificates/${name}`);

/** A cluster's issuer: its keys as Entra would fetch them, and tokens of service accounts. */
export function issuer(name: string): {
  readonly name: string;
  readonly keys: readonly { readonly kid: string }[];
  readonly token: (subject: string, more?: { audience?: string; lifetimeS?: number; key?: KeyObject }) => string;
} {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = createHash('sha256').update(name).digest('hex').slice(0, 12);
  return {
    name,
    keys: [{ ...publicKey.export({ format: 'jwk' }), kid }],
    token: (subject, more = {}) =>
      jsonwebtoken.sign({}, more.key ?? privateKey, {
        algorithm: 'RS256',
        keyid: kid,
        issuer: name,
        subject,
        audience: more.audience ?? 'api://AzureADTokenExchange',
        expiresIn: more.lifetimeS ?? 3600,
      }),
  };
}

export interface SignIn {
  readonly emulator: Emulator;
  /** One request to ARM as this credential; a fresh client unless the credential was used before. */
  readonly ask: (credential: Credential, request?: ArmRequest) => Promise<ArmAnswer>;
  /** 'HTTP <status>', or what the operator says of a token it did not get. */
  readonly outcome: (credential: Credential, request?: ArmRequest) => Promise<string>;
  readonly credential: (how: How, more?: Partial<Credential>) => Credential;
  /** Requests for tokens that the login host has seen. */
  readonly tokenRequests: () => number;
  readonly stop: () => Promise<void>;
}

export interface SignInOptions {
  readonly emulator?: EmulatorOptions;
  readonly doors?: Partial<TokenDoors>;
  readonly proxy?: ProxySettings;
}

export async function signIn(options: SignInOptions = {}): Promise<SignIn> {
  const emulator = await startEmulator({ limits: 'off', certificate: await certificate, ...options.emulator });
  // As NODE_EXTRA_CA_CERTS does for a process.
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), emulator.caPem]);
  const http = createHttp({ proxy: options.proxy ?? proxySettings({}), timeoutMs: 10_000 });
  const arm = createArm({ http, version: 'v0', userAgentSuffix: '', timeoutMs: 10_000, onExchange: () => undefined });
  const doors: TokenDoors = {
    http,
    tokenFile: '/nowhere/token',
    serviceAccountToken: () => Promise.reject(new Error('no cluster')),
    ...options.doors,
  };
  const cloud = { authorityHost: emulator.endpoint, endpoint: emulator.endpoint, audience: emulator.endpoint };
  let made = 0;
  const ask: SignIn['ask'] = (credential, request = { verb: 'GET', url: groups }) =>
    arm(
      request,
      {
        key: credential.key,
        endpoint: credential.cloud.endpoint,
        audience: credential.cloud.audience,
        additionalTenants: credential.additionalTenants,
        tokenCredential: () => tokenCredential(doors, credential),
      },
      NEVER,
    );
  return {
    emulator,
    ask,
    outcome: async (credential, request) => {
      try {
        return `HTTP ${(await ask(credential, request)).status}`;
      } catch (error) {
        if (!(error instanceof ArmError) || error.code !== 'token') throw error;
        const { message, retry } = tokenRefusal(error.cause, credential, 'team/secret');
        return `${retry}: ${message}`;
      }
    },
    credential: (how, more = {}) => {
      made += 1;
      return {
        key: `team/secret#${made}`,
        subscriptionId: SUBSCRIPTION,
        tenantId: TENANT,
        clientId: CLIENT,
        how,
        additionalTenants: [],
        cloud,
        ...more,
      };
    },
    tokenRequests: () => emulator.journal().filter((entry) => entry.url.includes('/oauth2/')).length,
    stop: () => emulator.stop(),
  };
}

export const groups = `/subscriptions/${SUBSCRIPTION}/resourcegroups?api-version=2020-06-01`;
