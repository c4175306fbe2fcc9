import { describe, expect, it } from 'vitest';
import { proxyFor, proxySettings } from '../../../src/values/proxy.ts';

const PROXY = { HTTPS_PROXY: 'http://proxy:3128' };

describe('which proxy a request goes through', () => {
  const rows: readonly (readonly [
    because: string,
    environment: Record<string, string>,
    url: string,
    proxy?: string,
  ])[] = [
    ['nothing is set', {}, 'https://management.azure.com/x'],
    ['https has its proxy', PROXY, 'https://management.azure.com/x', 'http://proxy:3128'],
    ['a proxy without a scheme is http', { HTTPS_PROXY: 'proxy:1' }, 'https://a.test/', 'http://proxy:1'],
    ['lower case counts', { https_proxy: 'http://low:1' }, 'https://a.test/', 'http://low:1'],
    ['upper case wins', { https_proxy: 'http://low:1', HTTPS_PROXY: 'http://up:1' }, 'https://a.test/', 'http://up:1'],
    ['HTTP_PROXY is for plain http only, as in Go', { HTTP_PROXY: 'http://plain:1' }, 'https://a.test/'],
    ['plain http has its own', { HTTP_PROXY: 'http://plain:1' }, 'http://a.test/', 'http://plain:1'],
    ['a star takes all', { ...PROXY, NO_PROXY: '*' }, 'https://a.test/'],
    ['a name covers itself', { ...PROXY, NO_PROXY: 'azure.com' }, 'https://azure.com/'],
    ['a name covers what is below it', { ...PROXY, NO_PROXY: 'azure.com' }, 'https://management.azure.com/'],
    [
      'a name is not a suffix of letters',
      { ...PROXY, NO_PROXY: 'azure.com' },
      'https://notazure.com/',
      PROXY.HTTPS_PROXY,
    ],
    [
      'a leading dot leaves the name itself out',
      { ...PROXY, NO_PROXY: '.azure.com' },
      'https://azure.com/',
      PROXY.HTTPS_PROXY,
    ],
    ['a leading dot covers what is below', { ...PROXY, NO_PROXY: '.azure.com' }, 'https://a.azure.com/'],
    ['a star and dot do the same', { ...PROXY, NO_PROXY: '*.azure.com' }, 'https://a.azure.com/'],
    ['a range covers its addresses', { ...PROXY, NO_PROXY: 'x, 10.0.0.0/8' }, 'https://10.1.2.3/'],
    ['a range leaves others', { ...PROXY, NO_PROXY: '10.0.0.0/8' }, 'https://11.1.2.3/', PROXY.HTTPS_PROXY],
    ['a range of version 6', { ...PROXY, NO_PROXY: 'fd00::/8' }, 'https://[fd00::1]/'],
    ['an address', { ...PROXY, NO_PROXY: '11.1.2.3' }, 'https://11.1.2.3/'],
    ['a port must fit', { ...PROXY, NO_PROXY: 'a.test:8443' }, 'https://a.test/', PROXY.HTTPS_PROXY],
    ['a port that fits', { ...PROXY, NO_PROXY: 'a.test:443' }, 'https://a.test/'],
    ['a range that is none is nothing', { ...PROXY, NO_PROXY: '10.0.0.0/99' }, 'https://10.0.0.1/', PROXY.HTTPS_PROXY],
    ['this machine', { ...PROXY }, 'https://127.0.0.1:8443/'],
    ['the instance-metadata endpoint', { HTTP_PROXY: 'http://p:1' }, 'http://169.254.169.254/metadata'],
  ];
  it.each(rows.map((row) => [row[0], row] as const))('%s', (_because, [, environment, url, proxy]) => {
    expect(proxyFor(url, proxySettings(environment))).toBe(proxy);
  });
});
