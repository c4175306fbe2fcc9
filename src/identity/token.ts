// Makes the Azure SDK's credential objects: they fetch, keep and renew tokens. With the doors it is given, the one file that speaks to a
// login host. Throws CredentialError where a credential cannot even be shown to Entra.

import { constants, open, readFile } from 'node:fs/promises';
import type { HttpClient } from '@azure/core-rest-pipeline';
import {
  ChainedTokenCredential,
  ClientAssertionCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  EnvironmentCredential,
  ManagedIdentityCredential,
  type TokenCredential,
} from '@azure/identity';
import type { Secret } from '../values/secret.ts';
import { readCertificate } from './certificate.ts';
import type { Credential } from './credential.ts';
import { readIdentityFile } from './identity-file.ts';
import { CredentialError } from './refusal.ts';

export interface TokenDoors {
  readonly http: HttpClient;
  /** Path of the operator's projected service-account token. */
  readonly tokenFile: string;
  /** A token of service account aso-workload of a namespace, for Entra. Throws when there is none. */
  readonly serviceAccountToken: (namespace: string) => Promise<string>;
}

const PUBLIC_AUTHORITIES = ['login.microsoftonline.com', 'login.chinacloudapi.cn', 'login.microsoftonline.us'];

const MAX_FILE_BYTES = 65_536;

interface Login {
  readonly authorityHost: string;
  readonly disableInstanceDiscovery: boolean;
  readonly additionallyAllowedTenants: string[];
  readonly retryOptions: { readonly maxRetries: number };
  readonly httpClient: HttpClient;
}

/** The SDK's credential for one of ours. A new one has no tokens yet. */
export function tokenCredential(doors: TokenDoors, credential: Credential): TokenCredential {
  let lost: unknown;
  const http: HttpClient = {
    sendRequest: (request) =>
      doors.http.sendRequest(request).catch((error: unknown) => {
        lost = error;
        throw error;
      }),
  };
  const made = madeCredential({ ...doors, http }, credential);
  return {
    getToken: async (scopes, options) => {
      lost = undefined;
      try {
        return await made.getToken(scopes, options);
      } catch (error) {
        // Of a host that cannot be reached the SDK says only that it could not be asked.
        throw lost === undefined ? error : new Error(messageOf(error), { cause: lost });
      }
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function madeCredential(doors: TokenDoors, credential: Credential): TokenCredential {
  const { tenantId, clientId, how } = credential;
  const login = loginOf(doors, credential, credential.cloud.authorityHost);
  switch (how.kind) {
    case 'clientSecret':
      return new ClientSecretCredential(tenantId, clientId, how.secret.reveal(), login);
    case 'certificate':
      return ofCertificate({ tenantId, clientId, login }, how.certificate, how.password);
    case 'workloadIdentity':
      return new ClientAssertionCredential(tenantId, clientId, () => projectedToken(doors.tokenFile), login);
    case 'serviceAccount':
      return new ClientAssertionCredential(tenantId, clientId, () => doors.serviceAccountToken(how.namespace), login);
    case 'managedIdentity':
      return managedIdentity(doors, clientId);
    case 'identityFile':
      return identityFile(doors, credential, how);
    case 'chain':
      return chain(doors, clientId, login);
  }
}

function loginOf(doors: TokenDoors, credential: Credential, authorityHost: string): Login {
  return {
    authorityHost,
    // Discovery asks a public host about the authority: it must not, for a sovereign, private or local one.
    disableInstanceDiscovery: !PUBLIC_AUTHORITIES.includes(hostOf(authorityHost)),
    additionallyAllowedTenants: [...credential.additionalTenants],
    // The one retry loop is the queue's.
    retryOptions: { maxRetries: 0 },
    httpClient: doors.http,
  };
}

interface Signing {
  readonly tenantId: string;
  readonly clientId: string;
  readonly login: Login & { readonly sendCertificateChain?: boolean };
}

function ofCertificate(signing: Signing, certificate: Secret, password?: Secret): TokenCredential {
  const read = readCertificate(certificate, password);
  if (!read.ok) throw new CredentialError(`key AZURE_CLIENT_CERTIFICATE cannot be used: ${read.why}`);
  return new ClientCertificateCredential(signing.tenantId, signing.clientId, { certificate: read.pem }, signing.login);
}

/** Read for every token: the kubelet replaces the file before the token in it ends. */
async function projectedToken(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CredentialError(
      `workload identity needs the projected service-account token in ${path}, which cannot be read (${error.code})`,
    );
  });
  if (text.trim() === '') throw new CredentialError(`the projected service-account token in ${path} is empty`);
  return text.trim();
}

/** Three tries of the SDK's own: the instance-metadata endpoint asks for them and limits nobody else. */
function managedIdentity(doors: TokenDoors, clientId: string): TokenCredential {
  const options = { retryOptions: { maxRetries: 3 }, httpClient: doors.http };
  return clientId === ''
    ? new ManagedIdentityCredential(options)
    : new ManagedIdentityCredential({ clientId, ...options });
}

/** The environment's credential, then managed identity. One that cannot be made leaves the other. */
function chain(doors: TokenDoors, clientId: string, login: Login): TokenCredential {
  const machine = managedIdentity(doors, clientId);
  try {
    return new ChainedTokenCredential(new EnvironmentCredential(login), machine);
  } catch {
    return machine;
  }
}

/** The file is replaced when its identity is renewed: it is read for every token, and a new content is a new credential. */
function identityFile(
  doors: TokenDoors,
  credential: Credential,
  how: { readonly path: string; readonly isOperators: boolean },
): TokenCredential {
  let held: { readonly text: string; readonly credential: TokenCredential } | undefined;
  return {
    getToken: async (scopes, options) => {
      const problem = (what: string): CredentialError =>
        new CredentialError(
          `key AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS names file ${how.path}, which cannot be used: ${what}`,
        );
      const text = await smallFile(how.path);
      if (text === undefined) throw problem('it cannot be read as a file of at most 64 kB');
      if (held?.text !== text) {
        const read = readIdentityFile(text);
        if (!read.ok) throw problem(read.why);
        const { clientId, tenantId, authorityHost, certificate } = read.value;
        const isNamed = is(clientId, credential.clientId) && is(tenantId, credential.tenantId);
        if (!how.isOperators && !isNamed)
          throw problem('its identity is not the one in AZURE_CLIENT_ID and AZURE_TENANT_ID');
        const login = { ...loginOf(doors, credential, authorityHost), sendCertificateChain: true };
        held = { text, credential: ofCertificate({ tenantId, clientId, login }, certificate) };
      }
      return held.credential.getToken(scopes, options);
    },
  };
}

/** Text of a regular file; undefined for anything else. A namespace may name any path: no device or pipe may hold the operator up. */
async function smallFile(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  try {
    const found = await file?.stat();
    if (file === undefined || found?.isFile() !== true || found.size > MAX_FILE_BYTES) return undefined;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_FILE_BYTES));
    return buffer.subarray(0, bytesRead).toString('utf8');
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}

function is(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
