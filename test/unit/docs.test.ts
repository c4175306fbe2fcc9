// Documents against what they speak of: links lead somewhere, every page is listed, values and metrics are named in full.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { createMetrics } from '../../src/controllers/metrics.ts';
import { isObject, type JsonObject } from '../../src/values/json.ts';

const read = (path: string): string => readFileSync(path, 'utf8');
const pages = (): readonly string[] => [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...['charts', 'docs', 'src', 'test'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => path.endsWith('.md')),
  ),
];

const CHART = 'charts/azure-service-operator';

it('every link of every page leads to a file, and every anchor to a heading', () => {
  const anchor = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-');
  const anchors = (path: string): readonly string[] =>
    [...read(path).matchAll(/^#+ (.*)$/gm)].map((match) => anchor(match[1] ?? ''));
  const dead = pages().flatMap((page) =>
    [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1] ?? '')
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [file = '', heading] = link.split('#');
        const target = file === '' ? page : join(dirname(page), file);
        return !existsSync(target) || (heading !== undefined && !anchors(target).includes(heading));
      })
      .map((link) => `${page}: ${link}`),
  );
  expect(dead).toEqual([]);
});

it('every file that a page names by its path exists', () => {
  // Pages of docs/ also name what lies beside them; the map of the tests leaves out the ending.
  const isThere = (page: string, path: string): boolean =>
    [path, `${path}.test.ts`, join(dirname(page), path)].some(existsSync);
  const missing = pages().flatMap((page) =>
    [...read(page).matchAll(/`((?:src|test|tools|docs|charts|deploy|examples|\.github)\/[\w./-]+)`/g)]
      .map((match) => match[1] ?? '')
      .filter((path) => !isThere(page, path))
      .map((path) => `${page}: ${path}`),
  );
  expect(missing).toEqual([]);
});

it('every page of docs/ is listed in its README', () => {
  const listed = read('docs/README.md');
  const names = readdirSync('docs').filter((name) => name.endsWith('.md') && name !== 'README.md');
  expect(names.filter((name) => !listed.includes(`](${name})`))).toEqual([]);
});

it('values.yaml shows every value that the schema knows, at every depth, and no other', () => {
  const schema: unknown = JSON.parse(read(`${CHART}/values.schema.json`));
  const values: unknown = parse(read(`${CHART}/values.yaml`));
  const known = (node: unknown, at: string): readonly string[] =>
    isObject(node) && isObject(node.properties)
      ? Object.entries(node.properties).flatMap(([name, inner]) => known(inner, `${at}.${name}`))
      : [at];
  const shown = (value: unknown, node: unknown, at: string): readonly string[] =>
    isObject(value) && isObject(node) && isObject(node.properties)
      ? Object.entries(value).flatMap(([name, inner]) =>
          shown(inner, (node.properties as JsonObject)[name], `${at}.${name}`),
        )
      : [at];
  expect([...shown(values, schema, '')].sort()).toEqual(
    [...known(schema, '')].filter((name) => name !== '.global').sort(),
  );
});

it('package, chart and image have one version', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const chart = parse(read(`${CHART}/Chart.yaml`)) as JsonObject;
  const { image } = parse(read(`${CHART}/values.yaml`)) as { image: JsonObject };
  expect([chart.version, chart.appVersion, image.tag]).toEqual([version, `v${version}`, `v${version}`]);
  expect(read('Dockerfile')).toContain(`ARG VERSION=v${version}\n`);
});

it('every metric that is served is named in docs/metrics.md', async () => {
  const text = read('docs/metrics.md');
  const names = (await createMetrics().registry.getMetricsAsJSON()).map(({ name }) => name);
  // The page names one of a family in full, the others by their ends.
  const isNamed = (name: string): boolean =>
    text.includes(`\`${name}\``) ||
    [...text.matchAll(/`([a-z_]+)`((?:, `_[a-z_]+`)+)/g)].some(([, first = '', rest = '']) =>
      [...rest.matchAll(/`(_[a-z_]+)`/g)].some(
        ([, end = '']) => name.endsWith(end) && first.startsWith(name.slice(0, -end.length)),
      ),
    );
  expect(names.filter((name) => !/^(process|nodejs)_/.test(name)).filter((name) => !isNamed(name))).toEqual([]);
});
