// npm run accept -- PATH...: applies every manifest below the paths with --dry-run=server and strict validation to a real kube-apiserver
// with all CRDs of the project installed. A JSON summary last: what was refused and why. A kind that is not there counts apart.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { isObject, type JsonObject } from '../src/values/json.ts';
import { exitWhenCancelled } from './cancel.ts';
import {
  type Cluster,
  inParallel,
  installCrds,
  installPolicy,
  messageOf,
  projectCrds,
  startCluster,
} from './platform.ts';

interface Manifest {
  readonly file: string;
  /** Place in its file, from 1. */
  readonly document: number;
  readonly object: JsonObject;
}

interface Refusal {
  readonly file: string;
  readonly document: number;
  readonly kind: string;
  readonly name: string;
  readonly why: string;
}

const FOREVER = new AbortController().signal;

function filesBelow(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)))
    .filter((file) => /\.ya?ml$/.test(file));
}

/** Documents of a file, lists taken apart; what is no YAML is a refusal. */
function manifestsIn(file: string, refuse: (refusal: Refusal) => void): readonly Manifest[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).flatMap((doc, index): readonly Manifest[] => {
    const [problem] = doc.errors;
    if (problem !== undefined) {
      refuse({ file, document: index + 1, kind: '', name: '', why: `not YAML: ${problem.message.split('\n')[0]}` });
      return [];
    }
    const object: unknown = doc.toJSON();
    if (!isObject(object)) return [];
    const items = object.kind === 'List' && Array.isArray(object.items) ? object.items.filter(isObject) : [object];
    return items.map((item) => ({ file, document: index + 1, object: item }));
  });
}

/** '<apiVersion>/<kind>' → plural and whether it is namespaced, from the API server's own discovery. */
async function discover(
  cluster: Cluster,
  apiVersions: Iterable<string>,
): Promise<ReadonlyMap<string, { readonly plural: string; readonly isNamespaced: boolean }>> {
  const found = new Map<string, { plural: string; isNamespaced: boolean }>();
  for (const apiVersion of new Set(apiVersions)) {
    const answer = await cluster.kube.send(
      { verb: 'GET', path: apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}` },
      FOREVER,
    );
    const resources =
      isObject(answer.body) && Array.isArray(answer.body.resources) ? answer.body.resources.filter(isObject) : [];
    for (const resource of resources) {
      if (String(resource.name).includes('/')) continue;
      found.set(`${apiVersion}/${String(resource.kind)}`, {
        plural: String(resource.name),
        isNamespaced: resource.namespaced === true,
      });
    }
  }
  return found;
}

function metadataOf(object: JsonObject): JsonObject {
  return isObject(object.metadata) ? object.metadata : {};
}

async function main(): Promise<number> {
  const paths = process.argv.slice(2);
  if (paths.length === 0) {
    console.error('usage: npm run accept -- PATH...   (files or folders of manifests)');
    return 2;
  }
  const say = (line: string): void => console.error(line);
  const refused: Refusal[] = [];
  const manifests = paths.flatMap(filesBelow).flatMap((file) => manifestsIn(file, (refusal) => refused.push(refusal)));
  const cluster = await startCluster(say);
  const unknown: Record<string, number> = {};
  let accepted = 0;
  try {
    const crds = projectCrds();
    say(`installing ${crds.length} CRDs`);
    await installCrds(cluster.kube, crds, say);
    await installPolicy(cluster.kube);
    const namespaces = new Set(manifests.map(({ object }) => String(metadataOf(object).namespace ?? 'default')));
    for (const name of namespaces)
      await cluster.kube.send(
        { verb: 'POST', path: '/api/v1/namespaces', body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } },
        FOREVER,
      );
    const kinds = await discover(
      cluster,
      manifests.map(({ object }) => String(object.apiVersion)),
    );
    let done = 0;
    await inParallel(manifests, 8, async (manifest) => {
      const { object } = manifest;
      const type = `${String(object.apiVersion)}/${String(object.kind)}`;
      const resource = kinds.get(type);
      if (resource === undefined) unknown[type] = (unknown[type] ?? 0) + 1;
      else {
        const why = await dryRun(cluster, object, resource);
        if (why === undefined) accepted += 1;
        else
          refused.push({
            file: manifest.file,
            document: manifest.document,
            kind: type,
            name: String(metadataOf(object).name ?? metadataOf(object).generateName),
            why,
          });
      }
      done += 1;
      if (done % 200 === 0) say(`${done} of ${manifests.length} documents`);
    });
  } finally {
    await cluster.stop();
  }
  console.log(JSON.stringify({ documents: manifests.length, accepted, refused, unknownKinds: unknown }, null, 1));
  return refused.length === 0 ? 0 : 1;
}

async function dryRun(
  cluster: Cluster,
  object: JsonObject,
  resource: { readonly plural: string; readonly isNamespaced: boolean },
): Promise<string | undefined> {
  const apiVersion = String(object.apiVersion);
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespace = resource.isNamespaced ? `/namespaces/${String(metadataOf(object).namespace ?? 'default')}` : '';
  const answer = await cluster.kube.send(
    {
      verb: 'POST',
      path: `${root}${namespace}/${resource.plural}`,
      query: { dryRun: 'All', fieldValidation: 'Strict', fieldManager: 'aso-accept' },
      body: object,
    },
    FOREVER,
  );
  // A namespace of the manifests may have been made for the dry run itself.
  return answer.status < 300 || answer.status === 409 ? undefined : messageOf(answer);
}

exitWhenCancelled();
process.exitCode = await main();
