// Where Azure is, for a command line: the three cloud variables and the proxy, with the operator's own defaults.

import { z } from 'zod';
import * as as from './config-fields.ts';
import { type ProxySettings, proxySettings } from './values/proxy.ts';

export interface CloudAccess {
  readonly authorityHost: string;
  readonly endpoint: string;
  readonly audience: string;
  readonly proxy: ProxySettings;
}

const fields = z.object({
  AZURE_AUTHORITY_HOST: as.httpsUrl('https://login.microsoftonline.com/'),
  AZURE_RESOURCE_MANAGER_ENDPOINT: as.httpsUrl('https://management.azure.com'),
  AZURE_RESOURCE_MANAGER_AUDIENCE: as.text('https://management.core.windows.net/'),
});

/** The cloud, or every problem with its variables, one a line. */
export function readCloudAccess(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): { readonly ok: true; readonly access: CloudAccess } | { readonly ok: false; readonly why: string } {
  const read = fields.safeParse(environment);
  if (!read.success)
    return { ok: false, why: read.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('\n') };
  return {
    ok: true,
    access: {
      authorityHost: read.data.AZURE_AUTHORITY_HOST,
      endpoint: read.data.AZURE_RESOURCE_MANAGER_ENDPOINT,
      audience: read.data.AZURE_RESOURCE_MANAGER_AUDIENCE,
      proxy: proxySettings(environment),
    },
  };
}
