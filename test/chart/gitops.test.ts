// The examples of docs/examples do what docs/gitops.md says of them, with the tools themselves: kubectl's Kustomize, Helm, and the Lua
// that Argo CD runs health checks with. Flux is in test/long/flux.test.ts.

import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import { findBinaries } from '../../tools/control-plane.ts';
import { findHelm, findLua } from '../../tools/go-programs.ts';

const EXAMPLES = 'docs/examples';
const options = { say: (line: string) => console.error(line), signal: new AbortController().signal };
let folder: string;
let kubectl: string;
beforeAll(async () => {
  mkdirSync('dist', { recursive: true });
  folder = mkdtempSync(join('dist', 'overlay-'));
  kubectl = join(await findBinaries(options), 'kubectl');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const output = async (program: string, ...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(program, args, { maxBuffer: 1 << 24 })).stdout;
const objects = (text: string): readonly JsonObject[] =>
  parseAllDocuments(text)
    .map((document): unknown => document.toJS())
    .filter(isObject);
const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((held, member) => (held as Record<string | number, unknown> | undefined)?.[member], value);

describe('Kustomize', () => {
  it('a prefix reaches the names that owners are referred to by', async () => {
    const [group, account] = objects(await output(kubectl, 'kustomize', join(EXAMPLES, 'overlays/production')));
    expect(at(group, 'metadata', 'name')).toBe('prodplatform');
    expect(at(account, 'spec', 'owner', 'name')).toBe('prodplatform');
    expect(at(account, 'spec', 'sku', 'name')).toBe('Standard_ZRS');
  });

  it("an overlay on the operator's own base patches its arguments by place, as for the original", async () => {
    writeFileSync(
      join(folder, 'kustomization.yaml'),
      [
        'resources: [../../deploy/base]',
        'patches:',
        '  - target: { kind: Deployment }',
        '    patch: |',
        '      - { op: replace, path: /spec/template/spec/containers/0/args/6, value: "--crd-pattern=storage.azure.com/*" }',
      ].join('\n'),
    );
    const deployment = objects(await output(kubectl, 'kustomize', folder)).find(({ kind }) => kind === 'Deployment');
    expect(at(deployment, 'spec', 'template', 'spec', 'containers', 0, 'args')).toEqual([
      '--metrics-addr=0.0.0.0:8443',
      '--secure-metrics=true',
      '--profiling-metrics=false',
      '--health-addr=:8081',
      '--enable-leader-election',
      '--v=2',
      '--crd-pattern=storage.azure.com/*',
      '--crd-labels=',
      '--metrics-cert-dir=/tmp/k8s-metrics-server/serving-certs',
    ]);
  });
});

describe('Helm', () => {
  it("composes this operator's objects as any others", async () => {
    const helm = await findHelm(options);
    const made = objects(
      await output(helm, 'template', 'team', join(EXAMPLES, 'chart'), '--set', 'location=northeurope'),
    );
    expect(made.map(({ kind, metadata }) => `${kind} ${at(metadata, 'name')}`)).toEqual([
      'ResourceGroup team',
      'StorageAccount teamdata',
      'StorageAccount teamlogs',
    ]);
    expect(made.map(({ spec }) => at(spec, 'location'))).toEqual(['northeurope', 'northeurope', 'northeurope']);
  });
});

describe('health in Argo CD', () => {
  const condition = (status: string, rest: JsonObject = {}): JsonObject => ({ type: 'Ready', status, ...rest });
  const rows: readonly [object: JsonObject, health: string, because: string][] = [
    [{ metadata: { generation: 1 } }, 'Progressing', 'the operator has not seen it'],
    [
      {
        metadata: { generation: 2 },
        status: { observedGeneration: 2, conditions: [condition('True', { reason: 'Succeeded' })] },
      },
      'Healthy',
      'Azure has it as it is written',
    ],
    [
      {
        metadata: { generation: 3 },
        status: { observedGeneration: 2, conditions: [condition('True', { reason: 'Succeeded' })] },
      },
      'Progressing',
      'an edit was not looked at yet',
    ],
    [
      {
        metadata: { generation: 1 },
        status: {
          observedGeneration: 1,
          conditions: [condition('False', { reason: 'Reconciling', severity: 'Info' })],
        },
      },
      'Progressing',
      'Azure is at work',
    ],
    [
      {
        metadata: { generation: 1 },
        status: {
          observedGeneration: 1,
          conditions: [condition('False', { reason: 'WaitingForOwner', severity: 'Warning' })],
        },
      },
      'Progressing',
      'it goes on by itself',
    ],
    [
      {
        metadata: { generation: 1 },
        status: {
          observedGeneration: 1,
          conditions: [condition('False', { reason: 'BadRequest', severity: 'Error', message: 'no such sku' })],
        },
      },
      'Degraded',
      'somebody has to change something',
    ],
  ];

  it.each(rows.map(([object, health, because]) => [because, health, object] as const))(
    '%s: %s',
    async (_, health, object) => {
      const lua = await findLua(options);
      const script = `obj = ${luaOf(object)}; print(dofile("${EXAMPLES}/argocd/health.lua").status)`;
      expect((await output(lua, '-e', script)).trim()).toBe(health);
    },
  );
});

/** JSON as a Lua table. */
function luaOf(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(luaOf).join(', ')}}`;
  if (isObject(value))
    return `{${Object.entries(value)
      .map(([key, member]) => `[${JSON.stringify(key)}] = ${luaOf(member)}`)
      .join(', ')}}`;
  return JSON.stringify(value);
}
