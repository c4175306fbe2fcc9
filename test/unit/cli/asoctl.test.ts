import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
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

const kubeconfig = (name: string, cluster: object): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'aso-')), name);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'a',
    contexts: [{ name: 'a', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: { token: 'x' } }],
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
};
const UNREACHABLE = kubeconfig('unreachable', { server: 'https://127.0.0.1:1' });
const BY_PROXY = kubeconfig('by-proxy', { server: 'https://127.0.0.1:1', 'proxy-url': 'http://127.0.0.1:3128' });
afterAll(() => {
  for (const file of [UNREACHABLE, BY_PROXY]) rmSync(dirname(file), { recursive: true });
});

describe('asoctl', () => {
  it('help knows every word of a command', async () => {
    expect((await ran('help', 'crd', 'generate')).out).toContain('Usage: asoctl crd generate');
    expect((await ran('help')).out).toContain('Usage: asoctl [options]');
  });

  it('a command that Ctrl-C ended ends as such', async () => {
    const stopped = { out: () => undefined, note: () => undefined, isInteractive: false, signal: AbortSignal.abort() };
    expect(await runCli(['crd', 'list', '--kubeconfig', UNREACHABLE], stopped)).toBe(130);
  });

  it('the emulator names its certificate by a path that holds in every folder', async () => {
    const ca = join(dirname(UNREACHABLE), 'ca.pem');
    let out = '';
    const stopped = {
      out: (text: string) => {
        out += text;
      },
      note: () => undefined,
      isInteractive: false,
      signal: AbortSignal.abort(),
    };
    await runCli(['emulator', '--ca', relative('.', ca)], stopped);
    expect(out).toContain(`export NODE_EXTRA_CA_CERTS=${ca}\n`);
  });

  it('a reader who is gone ends nothing half-way', () => {
    const script = `node src/cli/main.ts help crd generate | true; echo "\${PIPESTATUS[0]}"`;
    const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
    expect(execFileSync('bash', ['-c', script], { encoding: 'utf8', env })).toBe('0\n');
  });

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
    [
      ['crd', 'generate', 'Contoso.Orchard/orchards@2026-05-01', '--specs', 'package.json'],
      /the type data cannot be read: ENOTDIR/,
    ],
    [
      ['crd', 'generate', 'Contoso.Orchard/orchards@2026-05-01', '--specs', TYPE_DATA, '--out', '/proc/nowhere'],
      /\/proc\/nowhere\/\S+ cannot be written: E/,
    ],
    [['import', 'azure-resource', '/a', '-o', 'nowhere/all.yaml'], /the manifests cannot be written: ENOENT.*nowhere/],
    [['export', 'template', '-s', 'http://127.0.0.1:2/x', '--raw'], /cannot be fetched from \S+: connect ECONNREFUSED/],
    [['emulator', '--ca', 'nowhere/ca.pem'], /--ca is 'nowhere\/ca\.pem', which cannot be written: ENOENT/],
    [['emulator', '--crds', 'nowhere'], /the emulator cannot start: ENOENT.*nowhere/],
    [['emulator', '--port', 'http'], /--port is 'http'; allowed: a whole number/],
    [['crd', 'install'], /give --for <path> or --crd-pattern/],
    [['crd', 'install', '--for', 'nowhere'], /--for is 'nowhere', which cannot be read/],
    [['crd', 'install', '-p', 'storage.azure.com/StorageAcount'], /did you mean storage\.azure\.com\/StorageAccount/],
    [['crd', 'list', '--kubeconfig', 'nowhere'], /the kubeconfig cannot be read: .*nowhere/],
    [['crd', 'list', '--kubeconfig', 'package.json'], /the kubeconfig names no cluster: .*contexts \(none\)/],
    [
      ['crd', 'list', '--kubeconfig', UNREACHABLE],
      /^the cluster cannot be reached at https:\/\/127\.0\.0\.1:1: GET \S+: connect ECONNREFUSED/,
    ],
    [['crd', 'list', '--kubeconfig', UNREACHABLE, '--context', 'b'], /--context is 'b'; the kubeconfig has a$/],
    [
      ['crd', 'list', '--kubeconfig', BY_PROXY],
      /gives proxy-url http:\/\/127\.0\.0\.1:3128, and proxies are not supported/,
    ],
    [['crd', 'list', '--state', 'nope'], /--state is 'nope'; allowed: installed, outdated, /],
    [['crd', 'install', '-p', 'cache.azure.com/*', '--crd-versions', 'some'], /--crd-versions is 'some'; allowed: all/],
    [['export', 'template', '-p', 'cache.azure.com/*'], /give exactly one of --version and --source/],
    [['export', 'template', '-v', 'v0.1.0'], /give exactly one of --crd-pattern and --raw/],
    [['export', 'template', '-v', '0.1.0', '--raw'], /--version is '0\.1\.0'; allowed: the form v#\.#\.#/],
    [['export', 'template', '-v', 'v2.20.0', '--raw'], /comes with v0\.1\.0: give .* with --source/],
    [['export', 'template', '-s', 'package.json', '-p', 'cache.azure.com/*'], /has no argument '- --crd-pattern='/],
    [['fly'], /unknown command 'fly'/],
    [['completion', 'tcsh'], /'tcsh' is not a known shell; known are bash, zsh, fish, powershell/],
    [['import', 'azure-resource', '/a', '-o', 'x', '-f', 'y'], /give either --output or --output-folder/],
    [['import', 'azure-resource', '/a', '-w', '0'], /--workers is '0'; allowed: a whole number from 1 to 100/],
    [['import', 'azure-resource', '/a', '-l', 'plain'], /--label is 'plain'; allowed: key=value/],
  ])('%j ends with 1 and says why', async (argv, said) => {
    const { code, notes, out } = await ran(...argv);
    expect(code).toBe(1);
    expect(notes).toMatch(said);
    expect(out).toBe('');
  });

  it('export template puts the pattern in, once, and warns of one that matches nothing', async () => {
    const { code, out, notes } = await ran(
      'export',
      'template',
      '-v',
      'v0.1.0',
      '-p',
      'cache.azure.com/*,storage.azure.com/Nil',
      '-p',
      'batch.azure.com/*;app.azure.com/*',
    );
    expect(code).toBe(0);
    expect(out.match(/--crd-pattern=.*/g)).toEqual([
      '--crd-pattern=cache.azure.com/*;storage.azure.com/Nil;batch.azure.com/*;app.azure.com/*',
    ]);
    expect(notes).toContain("'storage.azure.com/Nil' matches no CRD");
    const raw = await ran('export', 'template', '-v', 'v0.1.0', '--raw');
    expect(raw.out.split('\n').length).toBe(out.split('\n').length);
  });

  it.each([
    ['bash', 'complete -o default -F _asoctl asoctl'],
    ['zsh', '#compdef asoctl'],
    ['fish', 'complete -c asoctl'],
    ['powershell', 'Register-ArgumentCompleter'],
  ])('completion %s knows commands and options', async (shell, line) => {
    const { code, out } = await ran('completion', shell);
    expect(code).toBe(0);
    expect(out).toContain(line);
    for (const word of ['azure-resource', '--output-folder', 'generate', '--specs', '--quiet'])
      expect(out).toContain(word);
  });

  it('bash completes with that script', async () => {
    const { out } = await ran('completion', 'bash');
    const completed = (...words: readonly string[]): string => {
      const typed = words.map((word) => JSON.stringify(word)).join(' ');
      const line = `COMP_WORDS=(asoctl ${typed}); COMP_CWORD=${words.length}; _asoctl; echo "\${COMPREPLY[*]}"`;
      return execFileSync('bash', ['-c', `${out}\n${line}`], { encoding: 'utf8' }).trim();
    };
    expect(completed('imp')).toBe('import');
    expect(completed('crd', 'gen')).toBe('generate');
    expect(completed('import', 'azure-resource', '--output-')).toBe('--output-folder');
  });

  it('--quiet silences notes, not results and errors; --verbose wins over it', async () => {
    const argv = ['crd', 'generate', 'Contoso.Orchard/seeds@2026-05-01', '--specs', TYPE_DATA];
    await inFolder(async (folder) => {
      expect((await ran('--quiet', ...argv, '--out', folder)).notes).toBe('');
      expect((await ran('--quiet', '--verbose', ...argv, '--out', folder)).notes).toContain('wrote ');
    });
    expect((await ran('--quiet', 'crd', 'generate', 'nothing', '--specs', TYPE_DATA)).notes).toContain('not a type');
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

  it('crd generate makes one kind of a type that is given twice', async () => {
    const type = 'Contoso.Orchard/seeds@2026-05-01';
    const { code, out } = await ran('crd', 'generate', `${type},2026-05-01`, type.toLowerCase(), '--specs', TYPE_DATA);
    expect(code).toBe(0);
    expect(out.match(/"kind": "CustomResourceDefinition"/g)).toHaveLength(1);
    expect(out.match(/"name": "v20260501"/g)).toHaveLength(1);
  });

  it('crd generate in a group that the operator comes with writes the CRD alone', async () => {
    const argv = ['crd', 'generate', 'Contoso.Orchard/seeds@2026-05-01', '--group', 'storage', '--specs', TYPE_DATA];
    const { out } = await ran(...argv);
    expect(out.split('---\n')).toHaveLength(2);
    expect(JSON.parse(out.replace('---\n', '')).metadata.name).toBe('seeds.storage.azure.com');
  });
});
