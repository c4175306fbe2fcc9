// Where a request may go: below the endpoint that its token is for, and into no other subscription than the credential's.
// The last check before the wire, on the URL as it will be sent, whatever ids, annotations or answers of Azure it was made of.

export interface Bounds {
  readonly endpoint: string;
  readonly subscriptionId: string;
}

/** Why a request to this URL (or path below the endpoint) must not be sent; undefined when it may. Ids of the tenant, below /providers, pass. */
export function whyOutOfBounds(url: string, bounds: Bounds): string | undefined {
  const base = bounds.endpoint.replace(/\/$/, '');
  const absolute = url.startsWith('/') ? `${base}${url}` : url;
  const shown = absolute.slice(0, 200);
  if (!URL.canParse(absolute) || !URL.canParse(base)) return `'${shown}' is not a URL`;
  const target = new URL(absolute);
  const root = new URL(base);
  if (target.origin !== root.origin) return `'${shown}' is not below ${bounds.endpoint}`;
  // A URL is made shorter when it is parsed: what pointed into the subscription may point out of it.
  if (decoded(target.pathname) !== decoded(pathOf(absolute)))
    return `the path of '${shown}' does not mean what it says`;
  const below = root.pathname === '/' ? target.pathname : target.pathname.slice(root.pathname.length);
  const [, head, subscription = ''] = below.split('/');
  if (head?.toLowerCase() === 'providers') return undefined;
  if (head?.toLowerCase() !== 'subscriptions') return `'${shown}' is neither in a subscription nor below /providers`;
  return decoded(subscription).toLowerCase() === bounds.subscriptionId.toLowerCase()
    ? undefined
    : `'${shown}' is in subscription '${subscription}', and the credential is for '${bounds.subscriptionId}'`;
}

/** Path of a URL as it is written: what stands between the host and the query. */
function pathOf(url: string): string {
  const path = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1] ?? '';
  return path === '' ? '/' : path;
}

/** Each segment without percent-encoding, so that two spellings of one path are equal. */
function decoded(path: string): string {
  return path.split('/').map(plain).join('/');
}

function plain(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
