// The house as a table: which room may import which, who may act, which words are not names.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = 'src';
const NOUNS = ['kinds', 'arm', 'kube', 'identity'];

/** Room → rooms it may import beside itself. `main` is src/main.ts, which may import all. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  values: [],
  kinds: ['values'],
  arm: ['values'],
  kube: ['values'],
  identity: ['values'],
  exports: [...NOUNS, 'values'],
  reconcile: ['exports', ...NOUNS, 'values'],
  admission: ['values'],
  extensions: ['reconcile', 'exports', ...NOUNS, 'values'],
  // Kinds that do not live behind ARM: databases and directories.
  backends: ['reconcile', 'exports', ...NOUNS, 'values'],
  // The CRDs in the cluster: which to install, which are outdated, how stored objects move on.
  crds: ['kinds', 'kube', 'values'],
  controllers: ['crds', 'backends', 'extensions', 'reconcile', 'admission', 'exports', ...NOUNS, 'values'],
  // asoctl reads the cloud's variables.
  cli: ['config', 'crds', 'generate', 'emulator', 'admission', 'reconcile', ...NOUNS, 'values'],
  generate: ['admission', 'kinds', 'values'],
  emulator: ['kinds', 'arm', 'values'],
  // Settings name a policy, a cloud and a choice of versions: types of the rooms they are for.
  config: ['crds', 'identity', 'reconcile', 'values'],
};

/** Files that touch clock, chance, network or disk. */
const ACTING = new Set([
  'src/main.ts',
  'src/config.ts',
  'src/arm/authorize.ts',
  'src/arm/client.ts',
  'src/arm/http.ts',
  'src/crds/shelf.ts',
  'src/identity/token.ts',
  // Connections to databases and to Microsoft Graph; what they say is computed beside them, in *-user.ts and entra-group.ts.
  'src/backends/azuresql.ts',
  'src/backends/database.ts',
  'src/backends/entra.ts',
  'src/backends/list.ts',
  'src/backends/mysql.ts',
  'src/backends/postgresql.ts',
  'src/kube/client.ts',
  'src/kube/connections.ts',
  'src/kube/watch.ts',
  'src/generate/main.ts',
  'src/generate/read-facts.ts',
  'src/generate/type-data.ts',
  'src/emulator/catalogue.ts',
  'src/values/certificate.ts',
  'src/emulator/listen.ts',
  'src/emulator/replay.ts',
  'src/emulator/server.ts',
  'src/exports/expressions.ts',
]);
const isActing = (file: string): boolean => ACTING.has(file) || /^src\/(controllers|cli)\//.test(file);

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => join(SRC, path));

function roomOf(file: string): string {
  const [, first = ''] = relative('.', file).split('/');
  return first === 'main.ts' ? 'main' : first.startsWith('config') ? 'config' : first;
}

function importsOf(file: string): readonly string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^(?:import|export)[^;]*?from '(\.[^']+)';/gm)].map((match) =>
    normalize(join(dirname(file), match[1] ?? '')),
  );
}

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

describe('the house', () => {
  it.each(files.map((file) => [file]))('%s imports downward only', (file) => {
    const room = roomOf(file);
    if (room === 'main') return;
    const allowed = new Set([room, ...(ARROWS[room] ?? [])]);
    const wrong = importsOf(file).filter((target) => !allowed.has(roomOf(target)));
    expect(wrong).toEqual([]);
  });

  it.each(
    files
      .filter((file) => ['reconcile', 'exports', 'extensions', 'admission', 'kinds', 'values'].includes(roomOf(file)))
      .map((file) => [file]),
  )('%s reaches no file that acts', (file) => {
    // The limit on a CEL run needs a clock: exports/expressions.ts is the one acting file below the controllers.
    expect(importsOf(file).filter((target) => isActing(target) && target !== 'src/exports/expressions.ts')).toEqual([]);
  });

  it.each(files.filter((file) => !isActing(file)).map((file) => [file]))(
    '%s computes: no clock, no chance, no network, no disk',
    (file) => {
      // Address arithmetic opens no connection.
      const text = readFileSync(file, 'utf8').replace("import { BlockList, isIP } from 'node:net';", '');
      expect(text).not.toMatch(
        /Date\.now\(\)|Math\.random\(\)|performance\.now\(\)|from 'node:(?:fs|http|https|http2|net|tls|child_process|timers)/,
      );
    },
  );

  it('no room imports itself around a corner', () => {
    const edges = new Map<string, Set<string>>();
    for (const file of files) {
      const room = roomOf(file);
      const targets = edges.get(room) ?? new Set();
      for (const target of importsOf(file)) if (roomOf(target) !== room) targets.add(roomOf(target));
      edges.set(room, targets);
    }
    const reaches = (from: string, to: string, seen: Set<string>): boolean =>
      [...(edges.get(from) ?? [])].some(
        (next) => next === to || (!seen.has(next) && reaches(next, to, new Set([...seen, next]))),
      );
    expect([...edges.keys()].filter((room) => reaches(room, room, new Set()))).toEqual([]);
  });

  it('process.env is read in config alone', () => {
    expect(
      files.filter((file) => roomOf(file) !== 'config' && readFileSync(file, 'utf8').includes('process.env')),
    ).toEqual([]);
  });

  it('no file is called util, helper, common, misc, service, handler, factory, impl, base or abstract', () => {
    expect(
      files.filter((file) =>
        /(^|\/|-)(utils?|helpers?|common|misc|service|handler|factory|impl|base|abstract)(-|\.ts)/.test(file),
      ),
    ).toEqual([]);
  });

  it('no `any` and no enum', () => {
    expect(
      files.filter((file) =>
        /(:|as|<) any\b|^\s*(export )?(const )?enum /m.test(withoutComments(readFileSync(file, 'utf8'))),
      ),
    ).toEqual([]);
  });

  it('secrets are opened in few places', () => {
    const opening = files.filter((file) => readFileSync(file, 'utf8').match(/\.reveal(Bytes)?\(/) !== null);
    expect(opening.sort()).toEqual([
      // The wire, the token request, the written Secret.
      'src/arm/client.ts',
      // Logins and statements of databases.
      'src/backends/azuresql.ts',
      'src/backends/database.ts',
      'src/backends/mysql.ts',
      'src/backends/postgresql.ts',
      'src/controllers/export-object.ts',
      // Values of ConfigMaps travel as Secrets do and are opened when the body is made.
      'src/controllers/resolve-inputs.ts',
      // Which keys of a credential are there; its certificate; and what must not show in a refusal.
      'src/identity/certificate.ts',
      'src/identity/choose.ts',
      'src/identity/refusal.ts',
      'src/identity/scoped-secret.ts',
      'src/identity/token.ts',
    ]);
  });
});
