// What goes with a cloud.

import { describe, expect, it } from 'vitest';
import { graphEndpoint, takesMysqlTokens } from '../../../src/backends/clouds.ts';

describe("Graph's endpoint", () => {
  const cloud = { endpoint: '', audience: '' };
  it.each([
    ['https://login.microsoftonline.com/', 'https://graph.microsoft.com'],
    ['https://login.microsoftonline.us', 'https://graph.microsoft.us'],
    ['https://login.chinacloudapi.cn/', 'https://microsoftgraph.chinacloudapi.cn'],
    ['https://login.example', undefined],
  ])('of authority %s is %s', (authorityHost, endpoint) => {
    expect(graphEndpoint({ ...cloud, authorityHost })).toBe(endpoint);
  });

  it('is the setting where there is one', () => {
    const own = {
      ...cloud,
      authorityHost: 'https://login.microsoftonline.com',
      graphEndpoint: 'https://graph.example/',
    };
    expect(graphEndpoint(own)).toBe('https://graph.example');
  });
});

describe('an Entra token', () => {
  const [known, own] = ['https://login.microsoftonline.com/', 'https://login.example'];
  it.each([
    ['a server of Azure', known, 'srv.mysql.database.azure.com', true],
    ['whatever the case of its name', known, 'SRV.MySQL.database.Azure.com', true],
    ['a server of a sovereign cloud', 'https://login.microsoftonline.us', 'srv.mysql.database.usgovcloudapi.net', true],
    ['nobody else: an ARM of anybody could have named it', known, 'srv.mysql.database.azure.com.evil.example', false],
    ['no name that only ends alike', known, 'evilmysql.database.azure.com', false],
    ['any server of a private cloud', own, '10.0.0.1', true],
  ])('is shown to %s', (_because, authorityHost, host, isShown) => {
    expect(takesMysqlTokens(host, { endpoint: '', audience: '', authorityHost })).toBe(isShown);
  });
});
