// Which proxy a request goes through. Rules as Go's net/http has them, because the original reads the same variables:
// https://pkg.go.dev/golang.org/x/net/http/httpproxy. Two things are never proxied: this machine, and its link-local addresses, where
// the instance-metadata endpoint is.

import { BlockList, isIP } from 'node:net';

export interface ProxySettings {
  /** URL of the proxy for https requests, with scheme; undefined: none. */
  readonly https?: string;
  readonly http?: string;
  /** Hosts that are asked directly: names, '.suffixes', IP addresses, CIDR ranges, each with a port if wanted, or '*'. */
  readonly except: readonly string[];
}

/** Reads HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in either case; upper case wins. */
export function proxySettings(environment: Readonly<Record<string, string | undefined>>): ProxySettings {
  const text = (name: string): string => (environment[name] || environment[name.toLowerCase()] || '').trim();
  const url = (name: string): string | undefined => {
    const value = text(name);
    if (value === '') return undefined;
    return /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  };
  const [https, http] = [url('HTTPS_PROXY'), url('HTTP_PROXY')];
  const except = text('NO_PROXY')
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '');
  return { ...(https === undefined ? {} : { https }), ...(http === undefined ? {} : { http }), except };
}

/** URL of the proxy for this request; undefined: straight to the host. */
export function proxyFor(url: string, settings: ProxySettings): string | undefined {
  const { protocol, hostname, port } = new URL(url);
  const proxy = protocol === 'https:' ? settings.https : settings.http;
  if (proxy === undefined) return undefined;
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const target = { host, port: port || (protocol === 'https:' ? '443' : '80') };
  return isOwnMachine(host) || settings.except.some((entry) => matches(entry, target)) ? undefined : proxy;
}

function isOwnMachine(host: string): boolean {
  return host === 'localhost' || isIn(host, '127.0.0.0/8') || isIn(host, '169.254.0.0/16') || host === '::1';
}

function matches(entry: string, target: { readonly host: string; readonly port: string }): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isIn(target.host, entry);
  const [name, port] = hostAndPort(entry);
  if (port !== undefined && port !== target.port) return false;
  if (isIP(name) !== 0) return name === target.host;
  const suffix = name.startsWith('*.') ? name.slice(1) : name;
  return suffix.startsWith('.')
    ? target.host.endsWith(suffix)
    : target.host === suffix || target.host.endsWith(`.${suffix}`);
}

function hostAndPort(entry: string): readonly [string, string | undefined] {
  if (isIP(entry) !== 0) return [entry, undefined];
  const match = /^\[?(.*?)\]?:(\d+)$/.exec(entry);
  return match === null ? [entry, undefined] : [match[1] ?? '', match[2]];
}

function isIn(host: string, range: string): boolean {
  const family = isIP(host);
  const [network = '', bits = ''] = range.split('/');
  if (family === 0 || isIP(network) !== family || !/^\d{1,3}$/.test(bits) || Number(bits) > (family === 6 ? 128 : 32))
    return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(network, Number(bits), type);
  return list.check(host, type);
}
