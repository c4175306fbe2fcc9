// What a cluster has before the operator comes: CRDs of the project, served, and the admission policy, in force.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { admissionPolicy } from '../src/admission/policy.ts';
import { CRDS_PATH } from '../src/crds/crd.ts';
import type { Kube } from '../src/kube/client.ts';
import { refusalOf } from '../src/kube/refusal.ts';
import type { KubeAnswer, KubeRequest } from '../src/kube/types.ts';
import { isObject, type JsonObject } from '../src/values/json.ts';
import { apply, inParallel, sendOnceServed, until } from './platform.ts';

const NEVER = new AbortController().signal;

/** CRDs of the project; `groups` without .azure.com, absent: all. */
export function projectCrds(groups?: ReadonlySet<string>): readonly JsonObject[] {
  return readdirSync('crds')
    .filter((group) => groups === undefined || groups.has(group))
    .flatMap((group) =>
      readdirSync(join('crds', group)).map(
        (file) => JSON.parse(readFileSync(join('crds', group, file), 'utf8')) as JsonObject,
      ),
    );
}

/** Applies CRDs server-side, some at a time, and waits until the API server serves every version of all of them. */
export async function installCrds(kube: Kube, crds: readonly JsonObject[], say: (line: string) => void): Promise<void> {
  await applyCrds(kube, crds, say);
  await crdsServed(kube, crds);
}

/** Applies CRDs server-side, some at a time; throws at the first that is refused. */
export async function applyCrds(kube: Kube, crds: readonly JsonObject[], say: (line: string) => void): Promise<void> {
  let applied = 0;
  await inParallel(crds, 4, async (crd) => {
    const name = String((crd.metadata as JsonObject).name);
    const answer = await apply(kube, `${CRDS_PATH}/${name}`, crd);
    if (answer.status >= 300) throw new Error(`CRD ${name} was refused: ${refusalOf(answer)}`);
    applied += 1;
    if (applied % 50 === 0) say(`${applied} of ${crds.length} CRDs applied`);
  });
}

/** Asks discovery, which names a kind no earlier than requests for it are answered; a list would make the API server open its storage. */
async function crdsServed(kube: Kube, crds: readonly JsonObject[]): Promise<void> {
  const waiting = new Map<string, Set<string>>();
  for (const crd of crds) {
    // Of the shape that the API server has taken.
    const { group, names, versions } = crd.spec as unknown as {
      readonly group: string;
      readonly names: { readonly plural: string };
      readonly versions: readonly { readonly name: string; readonly served: boolean }[];
    };
    for (const { name } of versions.filter((version) => version.served)) {
      const path = `/apis/${group}/${name}`;
      waiting.set(path, (waiting.get(path) ?? new Set()).add(names.plural));
    }
  }
  await until(
    async () => {
      for (const [path, plurals] of waiting) {
        const { body } = await kube.send({ verb: 'GET', path }, NEVER);
        const resources = isObject(body) && Array.isArray(body.resources) ? body.resources.filter(isObject) : [];
        for (const { name } of resources) plurals.delete(String(name));
        if (plurals.size > 0) return false;
        waiting.delete(path);
      }
      return true;
    },
    {
      timeoutMs: 300_000,
      what: () => {
        const [path, plurals] = [...waiting][0] ?? [];
        return `CRDs to be served: ${[...(plurals ?? [])].join(', ')} in ${path}`;
      },
    },
  );
}

/** The one ValidatingAdmissionPolicy with its binding, for all groups of the project; waits until it refuses. ResourceGroup must be served. */
export async function installPolicy(kube: Kube): Promise<void> {
  const groups = readdirSync('crds').map((group) => `${group}.azure.com`);
  for (const object of admissionPolicy(groups)) {
    const plural =
      object.kind === 'ValidatingAdmissionPolicy' ? 'validatingadmissionpolicies' : 'validatingadmissionpolicybindings';
    const answer = await apply(
      kube,
      `/apis/admissionregistration.k8s.io/v1/${plural}/${String((object.metadata as JsonObject).name)}`,
      object,
    );
    if (answer.status >= 300) throw new Error(`the admission policy was refused: ${refusalOf(answer)}`);
  }
  let answer: KubeAnswer | undefined;
  await until(
    async () => {
      answer = await sendOnceServed(kube, FORBIDDEN);
      return answer.status === 422;
    },
    {
      timeoutMs: 60_000,
      what: () =>
        `the admission policy to refuse; the last answer was ${answer?.status} ${JSON.stringify(answer?.body)}`,
    },
  );
}

/** What the policy does not let pass: a credential of another namespace. */
const FORBIDDEN: KubeRequest = {
  verb: 'POST',
  path: '/apis/resources.azure.com/v1api20200601/namespaces/default/resourcegroups',
  query: { dryRun: 'All' },
  body: {
    apiVersion: 'resources.azure.com/v1api20200601',
    kind: 'ResourceGroup',
    metadata: { name: 'canary', annotations: { 'serviceoperator.azure.com/credential-from': 'other/secret' } },
    spec: { location: 'westus2' },
  },
};
