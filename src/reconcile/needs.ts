// What a spec names: every reference, Secret and ConfigMap that its body needs. Found by the very walk that makes the body,
// so the two can never disagree.

import type { Fields } from '../kinds/fields.ts';
import { equal, isDeeperThan, isObject, type Json, type JsonObject } from '../values/json.ts';
import { Secret } from '../values/secret.ts';
import { type Failure, fatal } from './failure.ts';
import { toBody } from './to-body.ts';

export interface Needs {
  readonly references: readonly JsonObject[];
  readonly wellKnown: readonly string[];
  readonly secrets: readonly { readonly name: string; readonly key: string }[];
  readonly secretMaps: readonly string[];
  readonly configMaps: readonly { readonly name: string; readonly key: string }[];
}

export function needsOf(spec: JsonObject, fields: Fields): Needs {
  const references: JsonObject[] = [];
  const wellKnown: string[] = [];
  const secrets: { name: string; key: string }[] = [];
  const secretMaps: string[] = [];
  const configMaps: { name: string; key: string }[] = [];
  const nothing = new Secret('');
  toBody(
    spec,
    fields,
    {
      reference: (reference) => {
        references.push(reference);
        return '';
      },
      wellKnown: (name) => {
        wellKnown.push(name);
        return '';
      },
      secret: (name, key) => {
        secrets.push({ name, key });
        return nothing;
      },
      secretMap: (name) => {
        secretMaps.push(name);
        return {};
      },
      configMap: (name, key) => {
        configMaps.push({ name, key });
        return '';
      },
    },
    '',
  );
  return { references, wellKnown, secrets, secretMaps, configMaps };
}

/** Members of a spec that name no input, though they look alike: exports have names and keys too. */
const NO_INPUTS = new Set(['operatorSpec', 'owner']);

/** The path of the member that holds this reference or Secret: 'spec.networkAcls.virtualNetworkRules[0].reference'. */
export function whereNeeded(spec: JsonObject, need: JsonObject): string {
  const inputs = Object.fromEntries(Object.entries(spec).filter(([member]) => !NO_INPUTS.has(member)));
  // An empty reference is equal to any empty member: the very one is looked for first.
  return (
    find(inputs, (value) => value === need, 'spec') ?? find(inputs, (value) => equal(value, need), 'spec') ?? 'spec'
  );
}

function find(value: Json | undefined, isIt: (value: JsonObject) => boolean, path: string): string | undefined {
  if (Array.isArray(value)) return first(value.map((item, index) => () => find(item, isIt, `${path}[${index}]`)));
  if (!isObject(value)) return undefined;
  if (isIt(value)) return path;
  return first(
    Object.entries(value).map(
      ([member, held]) =>
        () =>
          find(held, isIt, `${path}.${member}`),
    ),
  );
}

function first(looks: readonly (() => string | undefined)[]): string | undefined {
  for (const look of looks) {
    const place = look();
    if (place !== undefined) return place;
  }
  return undefined;
}

/** Deeper than any body of Azure's and far from the end of a stack. */
const MAX_LEVELS = 200;

/** Why a spec is not walked at all. An open schema lets it be as deep as JSON can be. */
export function tooDeep(spec: JsonObject): Failure | undefined {
  return isDeeperThan(spec, MAX_LEVELS)
    ? fatal('Failed', `spec is nested more than ${MAX_LEVELS} levels deep; no resource of Azure is`)
    : undefined;
}
