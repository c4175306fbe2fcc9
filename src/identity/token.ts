// Makes the Azure SDK's credential objects: they fetch, keep and renew tokens. The one file that speaks to a token endpoint.

import {
  ChainedTokenCredential,
  ClientCertificateCredential,
  ClientSecretCredential,
  EnvironmentCredential,
  ManagedIdentityCredential,
  type TokenCredential,
  WorkloadIdentityCredential,
} from '@azure/identity';
import type { Credential } from './choose.ts';

/** Where the chart mounts the projected service-account token (contract 4.4). */
const TOKEN_FILE = '/var/run/secrets/tokens/azure-identity';

const PUBLIC_AUTHORITIES = ['login.microsoftonline.com', 'login.chinacloudapi.cn', 'login.microsoftonline.us'];

/** The SDK's credential for one of ours. The SDK keeps its tokens and renews them before they end. */
export function tokenCredential(credential: Credential): TokenCredential {
  const { tenantId, clientId, how, cloud } = credential;
  const options = {
    authorityHost: cloud.authorityHost,
    // Discovery asks a public host about the authority: it must not, for a sovereign, private or local one.
    disableInstanceDiscovery: !PUBLIC_AUTHORITIES.includes(hostOf(cloud.authorityHost)),
    additionallyAllowedTenants: [...credential.additionalTenants],
    retryOptions: { maxRetries: 0 },
  };
  switch (how.kind) {
    case 'clientSecret':
      return new ClientSecretCredential(tenantId, clientId, how.secret.reveal(), options);
    case 'certificate':
      return new ClientCertificateCredential(
        tenantId,
        clientId,
        {
          certificate: how.certificate.reveal(),
          ...(how.password === undefined ? {} : { certificatePassword: how.password.reveal() }),
        },
        options,
      );
    case 'workloadIdentity':
      return new WorkloadIdentityCredential({ tenantId, clientId, tokenFilePath: TOKEN_FILE, ...options });
    case 'managedIdentity':
      return new ManagedIdentityCredential({ clientId });
    case 'identityFile':
      throw new Error(
        `credentials from a file (AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS=${how.path}) are not supported: the format has no public client for JavaScript`,
      );
    case 'chain':
      return new ChainedTokenCredential(
        new EnvironmentCredential(options),
        clientId === '' ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId }),
      );
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
