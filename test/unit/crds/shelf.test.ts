import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readShelf } from '../../../src/crds/shelf.ts';
import { readWish } from '../../../src/crds/wish.ts';

const folder = mkdtempSync(join(tmpdir(), 'aso-shelf-'));
afterAll(() => rmSync(folder, { recursive: true }));

const crd = (plural: string): string =>
  JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.toys.azure.com` },
    spec: {
      group: 'toys.azure.com',
      names: { kind: 'Car', plural },
      versions: [{ name: 'v1', served: true, storage: true }],
    },
  });

describe('the shipped CRDs', () => {
  it('are read past files that hold none, each of which is named with the reason', () => {
    mkdirSync(join(folder, 'toys'));
    const files = {
      'toys/car.yaml': crd('cars'),
      'toys/plain.yaml':
        'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: bikes.toys.azure.com}\nspec: {group: toys.azure.com, names: {kind: Bike, plural: bikes}, versions: [{name: v1}]}\n',
      'toys/cut.yaml': crd('cut').slice(0, 100),
      'toys/twin.yaml': crd('cars'),
      'toys/secret.yaml': '{"apiVersion":"v1","kind":"Secret"}',
      'toys/bare.yaml':
        '{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"a.b"}}',
      'toys/README.md': 'not looked at',
    };
    for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
    const shelf = readShelf(folder);
    expect(shelf.shipped.map(({ kind }) => kind)).toEqual(['toys.azure.com/Bike', 'toys.azure.com/Car']);
    expect(shelf.unreadable.map(({ file, why }) => `${file.slice(folder.length + 1)}: ${why}`)).toEqual([
      'toys/bare.yaml: spec.group is missing',
      expect.stringMatching(/^toys\/cut\.yaml: .*JSON/),
      expect.stringContaining('toys/secret.yaml: it is no apiextensions.k8s.io/v1 CustomResourceDefinition'),
      expect.stringContaining('toys/twin.yaml: cars.toys.azure.com is in '),
    ]);
  });

  it('must lie somewhere, or the start ends with where they were looked for', () => {
    const read = readWish({ pattern: '', labels: {}, versions: 'all' }, ['/nowhere/a', '/nowhere/b']);
    expect(read).toEqual({ ok: false, problem: expect.stringContaining('/nowhere/a, /nowhere/b') });
  });
});
