import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/main.ts';
import { inFolder, TYPE_DATA } from '../../support/type-data.ts';

async function ran(...argv: readonly string[]): Promise<{ code: number; out: string; notes: string }> {
  let out = '';
  const notes: string[] = [];
  const code = await runCli(argv, {
    out: (text) => {
      out += text;
    },
    note: (line) => notes.push(line),
    isInteractive: false,
    signal: new AbortController().signal,
  });
  return { code, out, notes: notes.join('\n') };
}

describe('asoctl', () => {
  it('version says program, release and system', async () => {
    expect(await ran('version')).toEqual({ code: 0, out: `asoctl v0.1.0 ${process.platform}\n`, notes: '' });
  });

  it.each([
    [
      ['crd', 'generate', 'Contoso.Orchard/orchards', '--specs', TYPE_DATA],
      /not a type with its versions; write it like/,
    ],
    [['crd', 'generate', 'orchards@2026-05-01', '--specs', TYPE_DATA], /'orchards@2026-05-01' is not a type/],
    [['crd', 'generate', 'Contoso.Orchard/orchards@2026-05-01'], /required option '--specs <dir>'/],
    [['crd', 'generate', 'Contoso.Orchard/orchards@2026-05-01', '--specs', 'nowhere'], /no type data at nowhere/],
    [
      ['crd', 'generate', 'Contoso.Orchard/orchard@2026-05-01', '--specs', TYPE_DATA],
      /near are Contoso\.Orchard\/orchards/,
    ],
    [['crd', 'generate', 'A.B/c@1', 'A.B/d@1', '--kind', 'C', '--specs', TYPE_DATA], /--kind names one kind/],
    [
      ['crd', 'generate', 'Contoso.Orchard/orchards@2026-05-01', '--owner', 'x', '--specs', TYPE_DATA],
      /--owner is 'x'; allowed: /,
    ],
    [['emulator', '--port', 'http'], /--port is 'http'; allowed: a whole number/],
    [['fly'], /unknown command 'fly'/],
  ])('%j ends with 1 and says why', async (argv, said) => {
    const { code, notes, out } = await ran(...argv);
    expect(code).toBe(1);
    expect(notes).toMatch(said);
    expect(out).toBe('');
  });

  it('crd generate writes a kind a file and the rights of a group that the operator does not come with', async () => {
    await inFolder(async (folder) => {
      const types = ['orchards', 'orchards/trees'].map(
        (type) => `Contoso.Orchard/${type}@2026-05-01,2026-06-01-preview`,
      );
      const { code, notes } = await ran('crd', 'generate', ...types, '--specs', TYPE_DATA, '--out', folder);
      expect(code).toBe(0);
      expect(notes).toContain(`kubectl apply --server-side -R -f ${folder}`);
      expect(readdirSync(join(folder, 'contoso.orchard')).sort()).toEqual([
        '_rights.yaml',
        'orchard.yaml',
        'orchardstree.yaml',
      ]);
      const rights = JSON.parse(readFileSync(join(folder, 'contoso.orchard/_rights.yaml'), 'utf8'));
      const kinds = rights.items.map((item: { kind: string }) => item.kind);
      expect(kinds).toEqual([
        'ClusterRole',
        'ClusterRole',
        'ClusterRole',
        'ValidatingAdmissionPolicy',
        'ValidatingAdmissionPolicyBinding',
      ]);
      expect(rights.items[0].metadata.labels).toMatchObject({
        'serviceoperator.azure.com/aggregate-to-manager': 'true',
      });
      expect(rights.items[0].rules[0].apiGroups).toEqual(['contoso.orchard.azure.com']);
    });
  });

  it('crd generate in a group that the operator comes with writes the CRD alone', async () => {
    const argv = ['crd', 'generate', 'Contoso.Orchard/seeds@2026-05-01', '--group', 'storage', '--specs', TYPE_DATA];
    const { out } = await ran(...argv);
    expect(out.split('---\n')).toHaveLength(2);
    expect(JSON.parse(out.replace('---\n', '')).metadata.name).toBe('seeds.storage.azure.com');
  });
});
