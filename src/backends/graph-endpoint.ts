// Where Microsoft Graph is for a cloud. Pure. Source: Microsoft's list of national cloud deployments of Graph.

import type { Cloud } from '../identity/credential.ts';

/** Authority host → Graph. */
const KNOWN: Readonly<Record<string, string>> = {
  'login.microsoftonline.com': 'https://graph.microsoft.com',
  'login.microsoftonline.us': 'https://graph.microsoft.us',
  'login.chinacloudapi.cn': 'https://microsoftgraph.chinacloudapi.cn',
  'login.partner.microsoftonline.cn': 'https://microsoftgraph.chinacloudapi.cn',
};

/** The cloud's own setting, else what goes with its authority; undefined for a cloud that nobody knows. */
export function graphEndpoint(cloud: Cloud): string | undefined {
  if (cloud.graphEndpoint !== undefined && cloud.graphEndpoint !== '') return cloud.graphEndpoint.replace(/\/+$/, '');
  return KNOWN[authorityOf(cloud)];
}

/** One of Microsoft's clouds or a partner's, as opposed to a private or local one. */
export function isKnownCloud(cloud: Cloud): boolean {
  return Object.hasOwn(KNOWN, authorityOf(cloud));
}

function authorityOf(cloud: Cloud): string {
  return URL.canParse(cloud.authorityHost) ? new URL(cloud.authorityHost).host : '';
}
