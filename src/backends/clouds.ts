// What goes with a cloud: where its Microsoft Graph is, and which servers may be shown its tokens. Pure.
// Source: Microsoft's lists of national clouds, their Graph endpoints and their database domains.

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

function authorityOf(cloud: Cloud): string {
  return URL.canParse(cloud.authorityHost) ? new URL(cloud.authorityHost).host : '';
}

/** Domains of MySQL servers in Microsoft's clouds. */
const MYSQL_DOMAINS = [
  '.mysql.database.azure.com',
  '.mysql.database.usgovcloudapi.net',
  '.mysql.database.chinacloudapi.cn',
];

/**
 * Whether a token of this cloud may be shown to a MySQL server of this name. The name is what some ARM said, and where namespaces may
 * name clouds of their own that may be anybody's: a token of a known cloud goes to servers of known clouds only.
 */
export function takesMysqlTokens(host: string, cloud: Cloud): boolean {
  const isKnownCloud = Object.hasOwn(KNOWN, authorityOf(cloud));
  return !isKnownCloud || MYSQL_DOMAINS.some((domain) => host.toLowerCase().endsWith(domain));
}
