import { describe, expect, it } from 'vitest';
import { chooseByPattern } from '../../../src/crds/pattern.ts';

const NAMES = [
  'cache.azure.com/Redis',
  'cache.azure.com/RedisFirewallRule',
  'network.azure.com/VirtualNetwork',
  'network.frontdoor.azure.com/WebApplicationFirewallPolicy',
  'resources.azure.com/ResourceGroup',
  'storage.azure.com/StorageAccount',
  'storage.azure.com/StorageAccountsBlobService',
];

describe('--crd-pattern', () => {
  it.each([
    { pattern: '', chosen: [], because: 'nothing is asked for' },
    { pattern: '*', chosen: NAMES, because: 'a star takes slashes too' },
    {
      pattern: 'resources.azure.com/*;cache.azure.com/redis',
      chosen: [NAMES[4], NAMES[0]],
      because: 'case does not count',
    },
    {
      pattern: ' resources.azure.com/ResourceGroup ;storage*account',
      chosen: [NAMES[4], NAMES[5]],
      because: 'a literal is trimmed',
    },
    { pattern: 'cache.azure.com/Redi?', chosen: [NAMES[0]], because: '? is one character' },
    { pattern: 'network.azure.com/*', chosen: [NAMES[2]], because: 'the dot is a dot' },
    { pattern: 'cache.azure.com/*;cache.azure.com/*', chosen: [NAMES[0], NAMES[1]], because: 'twice is once' },
  ])("'$pattern': $because", ({ pattern, chosen }) => {
    const got = chooseByPattern(pattern, NAMES);
    expect(got.ok && [...got.names].sort()).toEqual([...chosen].sort());
  });

  it.each([
    {
      pattern: 'storage.azure.com/StorageAcount',
      says: ["'storage.azure.com/StorageAcount'", 'did you mean storage.azure.com/StorageAccount'],
      because: 'a literal gets a suggestion',
    },
    {
      pattern: 'cache.azure.com/Foo*',
      says: ["'cache.azure.com/Foo*'", 'cache.azure.com/Redis'],
      because: 'a glob gets the candidates of its group',
    },
    {
      pattern: 'storag.azure.com/*',
      says: ['storage.azure.com'],
      because: 'a glob of an unknown group gets the nearest groups',
    },
    {
      pattern: 'storage.azure.com',
      says: ['<group>/<Kind>', 'storage.azure.com/StorageAccount'],
      because: 'a group alone is no pattern',
    },
    {
      pattern: 'storageaccount',
      says: ['<group>/<Kind>', 'storage.azure.com/StorageAccount'],
      because: 'a kind alone is no pattern',
    },
    { pattern: 'resources.azure.com/*;', says: ['blank'], because: 'the original refuses a blank entry' },
    { pattern: 'resources.azure.com/* ', says: ["'resources.azure.com/* '"], because: 'a glob is not trimmed' },
    {
      pattern: 'nope/*;cache.azure.com/*;nada/Nil',
      says: ["'nope/*'", "'nada/Nil'"],
      because: 'every bad pattern is named',
    },
  ])("'$pattern' is refused: $because", ({ pattern, says }) => {
    const got = chooseByPattern(pattern, NAMES);
    const text = got.ok ? '' : got.problems.join('\n');
    for (const part of says) expect(text).toContain(part);
  });
});
