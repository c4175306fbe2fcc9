// Every kind that does not live behind ARM has a home that this operator knows.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createBackends } from '../../../src/backends/list.ts';
import { ARM_MAP_ANNOTATION } from '../../../src/kinds/arm-map.ts';
import { kindOf } from '../../../src/kinds/kind.ts';
import { warning } from '../../../src/reconcile/failure.ts';
import { asking } from '../../support/backends.ts';

const backends = createBackends({
  arm: () => Promise.reject(new Error('no Azure here')),
  tokens: () => {
    throw new Error('no tokens here');
  },
});
const messageFrom = async (name: string): Promise<string> => {
  const credential = { ok: false as const, failure: warning('Failed', 'no credential') };
  const answer = await backends({ name, request: asking('observe', {}), credential }, AbortSignal.timeout(10_000));
  return answer.state === 'refused' ? answer.failure.message : answer.state;
};

const kinds = readdirSync('crds', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.yaml'))
  .map((path) => JSON.parse(readFileSync(join('crds', path), 'utf8')))
  .map((crd) => kindOf(crd.metadata.name, crd.metadata.annotations[ARM_MAP_ANNOTATION]))
  .flatMap((read) => (read.ok ? [read.kind] : []));
const homeless = kinds.filter((kind) => kind.map.type === undefined);

describe('kinds that are not behind ARM', () => {
  it('are four', () => {
    expect(homeless.map((kind) => `${kind.group}/${kind.kind}`).sort()).toEqual([
      'dbformysql.azure.com/User',
      'dbforpostgresql.azure.com/User',
      'entra.azure.com/SecurityGroup',
      'sql.azure.com/User',
    ]);
  });

  it.each(homeless.map((kind) => [kind.crd, kind] as const))(
    '%s names a backend and a server that exist',
    async (_crd, kind) => {
      const { backend } = kind.map;
      // What is refused is the empty goal, or the want of a credential.
      expect(await messageFrom(backend?.name ?? '')).toMatch(/azureName is empty|no credential/);
      const server = backend?.server;
      expect(
        server === undefined || kinds.some((other) => other.group === server.group && other.kind === server.kind),
      ).toBe(true);
    },
  );

  it('a backend of another release is told, with those that there are', async () => {
    expect(await messageFrom('cassandra')).toContain(
      "'cassandra', which this operator does not have; it has postgresql, mysql, azuresql, entra",
    );
  });

  it('no name of an object is a backend', async () => {
    expect(await messageFrom('constructor')).toContain('does not have');
  });
});
