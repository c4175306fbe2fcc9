// CEL in operatorSpec: what an expression gives, as text or as a map of texts. Source: contract 6.6.

import { Environment } from '@marcbachmann/cel-js';
import { isObject, type Json, type JsonObject } from '../values/json.ts';

export type Evaluated =
  | { readonly ok: true; readonly value: string | Readonly<Record<string, string>> }
  | { readonly ok: false; readonly why: string };

/** What expressions see: the object in the version applied, and its exportable secrets, opened. */
export interface ExpressionScope {
  readonly self: JsonObject;
  readonly secret: Readonly<Record<string, string>>;
}

/** Holder of the operator's own functions: the library knows functions and receivers, not namespaces. */
class Aso {}
const aso = new Aso();

const environment = new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true })
  .registerVariable('self', 'dyn')
  .registerVariable('secret', 'map<string, string>')
  .registerType('Aso', Aso)
  .registerVariable('aso', 'Aso')
  .registerFunction('Aso.parseResourceId(string): dyn', (_aso: Aso, id: string) => parsedId(id));

/** Runs an expression; a result of another type than string or map of strings is an error, and so is an empty one. */
export function evaluate(expression: string, scope: ExpressionScope): Evaluated {
  let result: unknown;
  try {
    result = environment.evaluate(expression, { self: withWholeNumbers(scope.self), secret: scope.secret, aso });
  } catch (error) {
    const said = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { ok: false, why: `expression '${expression}' failed: ${said}` };
  }
  if (typeof result === 'string') return result === '' ? empty(expression) : { ok: true, value: result };
  const entries = entriesOf(result);
  if (entries === undefined || !entries.every(([, value]) => typeof value === 'string')) {
    return { ok: false, why: `expression '${expression}' must give a string or a map of strings; it gave ${typeName(result)}` };
  }
  return entries.length === 0 ? empty(expression) : { ok: true, value: Object.fromEntries(entries as [string, string][]) };
}

function empty(expression: string): Evaluated {
  return { ok: false, why: `expression '${expression}' gave an empty result` };
}

/** Names that an expression selects from `secret`, so that only what is needed is fetched. */
export function secretsIn(expression: string): readonly string[] {
  return [...expression.matchAll(/\bsecret\.([A-Za-z_]\w*)/g)].map((match) => match[1] ?? '');
}

function entriesOf(result: unknown): [string, unknown][] | undefined {
  if (result instanceof Map) return [...result].map(([key, value]) => [String(key), value]);
  return isObject(result) ? Object.entries(result) : undefined;
}

function typeName(result: unknown): string {
  if (typeof result === 'bigint') return 'int';
  if (typeof result === 'number') return 'double';
  if (typeof result === 'boolean') return 'bool';
  if (Array.isArray(result)) return 'list';
  return result === null ? 'null' : 'map with values that are not strings';
}

/** JSON has one kind of number; CEL has two, and a whole one is an int. */
function withWholeNumbers(value: Json | undefined): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(withWholeNumbers);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, held]) => held !== undefined).map(([key, held]) => [key, withWholeNumbers(held)]));
}

function parsedId(id: string): JsonObject {
  const match = /^(.*?)\/providers\/([^/]+)\/(.+)$/i.exec(id.replace(/(.*)\/providers\//i, '$1/providers/'));
  const segments = id.split('/');
  const subscriptionId = segments[1]?.toLowerCase() === 'subscriptions' ? segments[2] : undefined;
  const resourceGroupName = segments[3]?.toLowerCase() === 'resourcegroups' ? segments[4] : undefined;
  if (!id.startsWith('/') || segments.length < 3) throw new Error(`'${id}' is not an ARM id`);
  const last = match === null ? undefined : id.slice(id.toLowerCase().lastIndexOf('/providers/') + '/providers/'.length).split('/');
  const namespace = last?.[0] ?? 'Microsoft.Resources';
  const types = last === undefined ? [resourceGroupName === undefined ? 'subscriptions' : 'resourceGroups'] : last.slice(1).filter((_, index) => index % 2 === 0);
  return {
    parent: segments.slice(0, -2).join('/'),
    subscriptionId: subscriptionId ?? '',
    resourceGroupName: resourceGroupName ?? '',
    provider: namespace,
    location: '',
    resourceType: { namespace, type: types.join('/') },
    name: segments.at(-1) ?? '',
  };
}
