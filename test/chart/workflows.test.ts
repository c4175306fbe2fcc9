// The workflows are read by actionlint, and every action in them is named by a commit that cannot be moved.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { buildOperator } from '../../tools/build.ts';
import { findActionlint } from '../../tools/go-programs.ts';
import { FIRST_LINE, IMAGE_ENV, NODE_IN_IMAGE } from '../../tools/image.ts';
import { licences } from '../../tools/licences.ts';
import { sbom } from '../../tools/sbom.ts';

const FOLDER = '.github/workflows';
const workflows = readdirSync(FOLDER).map((file) => join(FOLDER, file));

it('actionlint finds nothing', async () => {
  const signal = new AbortController().signal;
  const actionlint = await findActionlint({ say: (line) => console.error(line), signal });
  // It ends with 1 when it finds something, and says what.
  const { stdout } = await promisify(execFile)(actionlint, ['-no-color', ...workflows]).catch(
    (error: { stdout: string }) => error,
  );
  expect(stdout).toBe('');
});

it.each(workflows)('%s names every action by its commit, with its version beside it', (file) => {
  const uses = [...readFileSync(file, 'utf8').matchAll(/uses: (.*)/g)].map((match) => match[1] ?? '');
  expect(uses.filter((action) => !/^[\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
});

it('the Dockerfile pins its base images, runs as nobody, and has Node where the bundle looks for it', () => {
  const lines = readFileSync('Dockerfile', 'utf8').split('\n');
  const from = lines.filter((line) => line.startsWith('FROM '));
  expect(from.filter((line) => !/@sha256:[0-9a-f]{64}( AS \w+)?$/.test(line))).toEqual([]);
  expect(lines).toContain('USER 65532:65532');
  expect(lines).toContain('ENTRYPOINT ["/aso-controller"]');
  expect(FIRST_LINE.startsWith(`#!${NODE_IN_IMAGE} `)).toBe(true);
  const env = Object.entries(IMAGE_ENV).map(([name, value]) => `ENV ${name}=${value}`);
  expect(lines.filter((line) => line.startsWith('ENV '))).toEqual(env);
  // Distroless has Node there; the kernel hands over what follows the path as one argument.
  expect(FIRST_LINE.split(' ').length).toBe(2);
});

it('the bundle is plain ASCII, which the runtime holds in half the memory, and brings what is used only', async () => {
  const bundle = readFileSync(await buildOperator(), 'latin1');
  expect(/[\u0080-\u00ff]/.exec(bundle)?.index).toBeUndefined();
  expect(bundle).toContain('undici is not in the bundle');
  for (const unused of ['class CoreV1ApiRequestFactory', 'llhttp', 'from "node:http"'])
    expect(bundle.includes(unused), unused).toBe(false);
});

it('the SBOM lists every runtime dependency and Node, and is the same each time', async () => {
  const made = await sbom();
  const names = new Set(made.components.map((component) => component.name));
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> };
  expect([...Object.keys(dependencies), 'node'].filter((name) => !names.has(name))).toEqual([]);
  expect([...names].filter((name) => ['typescript', 'vitest', '@biomejs/biome'].includes(name))).toEqual([]);
  expect(JSON.stringify(await sbom())).toBe(JSON.stringify(made));
});

it('the licence of everything in the bundle goes along with the image', async () => {
  const text = await licences();
  const { components } = await sbom();
  const absent = components.filter(({ name, version }) => name !== 'node' && !text.includes(`${name} ${version}: `));
  expect(absent.map(({ name }) => name)).toEqual([]);
  expect(text).toContain('Permission is hereby granted');
});
