// Writes the Secrets and ConfigMaps that an object exports: all are tried, what is already so is left alone, what is somebody else's too.

import type { ExportTarget } from '../exports/plan.ts';
import { objectPath } from '../kube/path.ts';
import { refusalOf } from '../kube/refusal.ts';
import type { KubeAnswer } from '../kube/types.ts';
import type { WriteAction } from '../reconcile/action.ts';
import { FIELD_MANAGER } from '../reconcile/annotations.ts';
import { type Failure, fatal, warning } from '../reconcile/failure.ts';
import type { Observed } from '../reconcile/observed.ts';
import { equal, isObject, type JsonObject } from '../values/json.ts';
import { exportObject, ownsExport } from './export-object.ts';
import type { Doors } from './perform.ts';

/** Writes all exports; the first failure is told once all were tried. */
export async function performWrite(
  doors: Pick<Doors, 'kube'>,
  observed: Observed,
  action: WriteAction,
  signal: AbortSignal,
): Promise<'written' | Failure> {
  let failure: Failure | undefined;
  for (const target of action.targets) {
    const written = await writeExport(doors, observed, target, signal);
    if (written !== 'written') failure ??= written;
  }
  return failure ?? 'written';
}

async function writeExport(
  doors: Pick<Doors, 'kube'>,
  observed: Observed,
  target: WriteAction['targets'][number],
  signal: AbortSignal,
): Promise<'written' | Failure> {
  const namespace = observed.object.metadata.namespace ?? '';
  const plural = target.kind === 'Secret' ? 'secrets' : 'configmaps';
  const wanted = exportObject(observed, target);
  const path = objectPath('v1', plural, { namespace, name: target.name });
  const held = await doors.kube({ verb: 'GET', path }, signal);
  const query = { fieldManager: FIELD_MANAGER };
  if (held.status === 404) {
    const made = await doors.kube(
      { verb: 'POST', path: path.slice(0, path.lastIndexOf('/')), query, body: wanted },
      signal,
    );
    return made.status === 201 ? 'written' : refusal(target.kind, `${namespace}/${target.name}`, made);
  }
  if (held.status !== 200 || !isObject(held.body)) return refusal(target.kind, `${namespace}/${target.name}`, held);
  if (!ownsExport(observed, held.body)) {
    return fatal(
      'FailedWritingAdditionalKubernetesObjects',
      `${target.kind} '${namespace}/${target.name}' exists and is not owned by this object; delete it, or export to another name`,
    );
  }
  if (isSame(held.body, wanted)) return 'written';
  const metadata = isObject(held.body.metadata) ? held.body.metadata : {};
  const body = {
    ...wanted,
    metadata: { ...(wanted.metadata as JsonObject), resourceVersion: metadata.resourceVersion },
  };
  const put = await doors.kube({ verb: 'PUT', path, query, body }, signal);
  return put.status === 200 ? 'written' : refusal(target.kind, `${namespace}/${target.name}`, put);
}

function isSame(held: JsonObject, wanted: JsonObject): boolean {
  const metadata = (object: JsonObject): JsonObject => (isObject(object.metadata) ? object.metadata : {});
  return (
    equal(held.data ?? {}, wanted.data ?? {}) &&
    (['labels', 'annotations', 'ownerReferences'] as const).every((member) =>
      equal(metadata(held)[member] ?? {}, metadata(wanted)[member] ?? {}),
    )
  );
}

function refusal(kind: ExportTarget['kind'], name: string, answer: KubeAnswer): Failure {
  const said = kind === 'Secret' && isInvalid(answer) ? withoutValues(answer) : refusalOf(answer);
  const failure = isInvalid(answer) ? fatal : warning;
  return failure(
    'FailedWritingAdditionalKubernetesObjects',
    `${kind} '${name}' could not be written: the API server answered ${answer.status} ${said}`,
  );
}

function isInvalid({ status }: KubeAnswer): boolean {
  return status === 422 || status === 400;
}

/** Of a Secret that is not valid the API server quotes what is wrong with it: only the field and the kind of fault are told. */
function withoutValues(answer: KubeAnswer): string {
  const details = isObject(answer.body) && isObject(answer.body.details) ? answer.body.details : {};
  const causes = Array.isArray(details.causes) ? details.causes.filter(isObject) : [];
  const faults = causes.map(({ field, reason }) => `${String(field).replace(/\[.*/s, '')}: ${String(reason)}`);
  return [...new Set(faults)].join(', ');
}
