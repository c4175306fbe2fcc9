// Where the small servers listen.

import { expect, it } from 'vitest';
import { listenAt } from '../../../src/controllers/probes.ts';

it.each([
  [':8081', { port: 8081 }, 'no host: every address of this machine, also of IPv6'],
  ['0.0.0.0:8443', { port: 8443 }, 'the chart passes it, and Go takes it so'],
  ['[::]:8443', { port: 8443 }, 'the same in IPv6'],
  ['127.0.0.1:0', { port: 0, host: '127.0.0.1' }, 'one address'],
  ['[::1]:9', { port: 9, host: '::1' }, 'one address of IPv6'],
])('%s is %j: %s', (address, place, _because) => {
  expect(listenAt(address)).toEqual(place);
});
