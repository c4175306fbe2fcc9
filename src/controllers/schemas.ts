// Status shapes of the versions in use: read from the CRD when the first object of a version is looked at, kept small.

import { compileFields, type Fields } from '../kinds/fields.ts';
import type { Kind } from '../kinds/kind.ts';
import { type StatusShape, statusShape } from '../kinds/shape.ts';
import type { KubeSend } from '../kube/types.ts';
import { isObject, memberAt } from '../values/json.ts';
import type { ShippedKinds } from './shipped-kinds.ts';

export interface VersionModel {
  readonly spec: Fields;
  readonly status: Fields;
  readonly shape: StatusShape;
}

export interface Schemas {
  /** Rules of a kind at an api-version, without the status shape; no request. */
  readonly rules: (kind: Kind, apiVersion: string) => { readonly spec: Fields; readonly status: Fields };
  readonly model: (kind: Kind, version: string, apiVersion: string, signal: AbortSignal) => Promise<VersionModel>;
  /** A kind's CRD changed or went: what was learnt of it is learnt again. */
  readonly forget: (kind: Kind) => void;
}

/** `shipped` gives a CRD where the cluster's own may not be read. */
export function createSchemas(send: KubeSend, shipped: ShippedKinds['crd']): Schemas {
  const rules = new Map<string, Map<string, { spec: Fields; status: Fields }>>();
  const shapes = new Map<string, Promise<ReadonlyMap<string, StatusShape>>>();

  const rulesOf = (kind: Kind, apiVersion: string): { spec: Fields; status: Fields } => {
    const held = rules.get(kind.crd) ?? new Map<string, { spec: Fields; status: Fields }>();
    rules.set(kind.crd, held);
    const compiled = held.get(apiVersion) ?? {
      spec: compileFields(kind.map.spec, apiVersion),
      status: compileFields(kind.map.status, apiVersion),
    };
    held.set(apiVersion, compiled);
    return compiled;
  };
  const shapesOf = (kind: Kind, signal: AbortSignal): Promise<ReadonlyMap<string, StatusShape>> => {
    const asked = shapes.get(kind.crd) ?? readShapes({ send, shipped }, kind, signal);
    shapes.set(kind.crd, asked);
    // A failed read is not kept: the next pass asks again.
    asked.catch(() => shapes.delete(kind.crd));
    return asked;
  };

  return {
    rules: rulesOf,
    model: async (kind, version, apiVersion, signal) => ({
      ...rulesOf(kind, apiVersion),
      shape: (await shapesOf(kind, signal)).get(version) ?? 'any',
    }),
    forget: (kind) => {
      rules.delete(kind.crd);
      shapes.delete(kind.crd);
    },
  };
}

/** All user versions of one CRD. Twins share one shape: an applied CRD describes it in one of them (src/crds/lean.ts). */
async function readShapes(
  from: { readonly send: KubeSend; readonly shipped: ShippedKinds['crd'] },
  kind: Kind,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StatusShape>> {
  const answer = await from.send(
    { verb: 'GET', path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${kind.crd}` },
    signal,
  );
  const body = answer.status === 403 ? from.shipped(kind.crd) : answer.body;
  const spec = isObject(body) && isObject(body.spec) ? body.spec : undefined;
  if (!Array.isArray(spec?.versions))
    throw new Error(`CRD ${kind.crd} could not be read: the API server answered ${answer.status}`);
  const versions = spec.versions.filter(isObject).map((version) => {
    const name = String(version.name);
    const shape = statusShape(memberAt(version, ['schema', 'openAPIV3Schema', 'properties', 'status']));
    return { name, api: kind.map.versions[name] ?? name, shape };
  });
  const described = versions.filter(({ shape }) => shape !== 'any');
  const byApi = new Map(described.map(({ api, shape }) => [api, shape]));
  return new Map(versions.map(({ name, api, shape }) => [name, byApi.get(api) ?? shape]));
}
