// npm run accept -- PATH...: applies every manifest below the paths with --dry-run=server and strict validation to a real kube-apiserver
// with all CRDs of the project installed. A JSON summary last: what was refused and why. A kind that is not there counts apart. What is
// refused is shown to the original's own schemas too, where they are at hand (--original DIR): refused by both is no fault of ours.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { parseAllDocuments } from 'yaml';
import { refusalOf } from '../src/kube/refusal.ts';
import { isObject, type JsonObject } from '../src/values/json.ts';
import { ORIGINAL_CRDS, originalCrds } from './original-crds.ts';
import { type Cluster, inParallel, startCluster, until } from './platform.ts';
import { installCrds, installPolicy, projectCrds } from './prepare.ts';
import { runTool, type ToolCall } from './tool.ts';

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
  /** The original's schema refuses it too. */
  readonly byOriginalToo?: boolean;
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

/** The refused manifests once more, each against the original's CRD in place of ours. */
async function askOriginal(
  cluster: Cluster,
  refused: readonly { readonly manifest: Manifest; readonly refusal: Refusal }[],
  folder: string,
): Promise<readonly Refusal[]> {
  const originals = originalCrds(folder);
  const kindOf = ({ object }: Manifest): string => `${String(object.apiVersion).split('/')[0]}/${String(object.kind)}`;
  const named = new Set(refused.map(({ manifest }) => kindOf(manifest)));
  const wanted = [...originals].filter(([kind]) => named.has(kind)).map(([, crd]) => crd);
  await replaceCrds(cluster, wanted);
  const kinds = await discover(
    cluster,
    refused.map(({ manifest }) => String(manifest.object.apiVersion)),
  );
  const asked: Refusal[] = [];
  for (const { manifest, refusal } of refused) {
    const resource = kinds.get(`${String(manifest.object.apiVersion)}/${String(manifest.object.kind)}`);
    const isKnown = resource !== undefined && originals.has(kindOf(manifest));
    const why = isKnown ? await dryRun(cluster, manifest.object, resource) : undefined;
    asked.push({ ...refusal, byOriginalToo: why !== undefined });
  }
  return asked;
}

async function replaceCrds(cluster: Cluster, crds: readonly JsonObject[]): Promise<void> {
  const paths = crds.map(
    (crd) => `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${String(metadataOf(crd).name)}`,
  );
  for (const path of paths) await cluster.kube.send({ verb: 'DELETE', path }, FOREVER);
  const isGone = async (): Promise<boolean> =>
    (await Promise.all(paths.map((path) => cluster.kube.send({ verb: 'GET', path }, FOREVER)))).every(
      (answer) => answer.status === 404,
    );
  await until(isGone, { timeoutMs: 120_000, what: () => 'our CRDs to make room for the original ones' });
  await installCrds(cluster.kube, crds, () => undefined);
}

async function main({ args, options, signal }: ToolCall<{ readonly original: string }>): Promise<number> {
  const { original } = options;
  const say = (line: string): void => console.error(line);
  const refused: Refusal[] = [];
  const manifests = args.flatMap(filesBelow).flatMap((file) => manifestsIn(file, (refusal) => refused.push(refusal)));
  const cluster = await startCluster(say, signal);
  const unknown: Record<string, number> = {};
  const refusals: { readonly manifest: Manifest; readonly refusal: Refusal }[] = [];
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
          refusals.push({
            manifest,
            refusal: {
              file: manifest.file,
              document: manifest.document,
              kind: type,
              name: String(metadataOf(object).name ?? metadataOf(object).generateName),
              why,
            },
          });
      }
      done += 1;
      if (done % 200 === 0) say(`${done} of ${manifests.length} documents`);
    });
    if (existsSync(original)) {
      say(`${refusals.length} refused; asking the original's schemas about them`);
      refused.push(...(await askOriginal(cluster, refusals, original)));
    } else {
      say(`no schemas of the original at ${original}: every refusal counts`);
      refused.push(...refusals.map(({ refusal }) => refusal));
    }
  } finally {
    await cluster.stop();
  }
  const ours = refused.filter((refusal) => refusal.byOriginalToo !== true);
  console.log(
    JSON.stringify(
      {
        documents: manifests.length,
        accepted,
        refusedByOriginalToo: refused.length - ours.length,
        refusedByUsAlone: ours.length,
        refused,
        unknownKinds: unknown,
      },
      null,
      1,
    ),
  );
  return ours.length === 0 ? 0 : 1;
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
  return answer.status < 300 || answer.status === 409 ? undefined : refusalOf(answer);
}

await runTool(
  new Command('npm run accept --')
    .description('Checks manifests on a real API server, strictly, in dry run; a summary as JSON.')
    .argument('<path...>', 'files or folders of manifests')
    .option('--original <dir>', "folder of the original's schemas", ORIGINAL_CRDS),
  main,
);
