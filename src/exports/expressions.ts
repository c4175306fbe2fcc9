// CEL in operatorSpec: what an expression gives, as text or as a map of texts, and which secrets it needs. Source: contract 6.6.
// A value of a secret never gets into a message: what the library says at run time may hold one, so it is told by its code only.

import { Environment, EvaluationError } from '@marcbachmann/cel-js';
import { isObject, type Json, type JsonObject } from '../values/json.ts';
import { ended, meter, withBudget } from './cel-budget.ts';
import { registerMacros } from './cel-macros.ts';
import { registerMended } from './cel-mended.ts';
import { registerStrings } from './cel-strings.ts';
import { parseResourceId } from './parse-resource-id.ts';

type Failed = { readonly ok: false; readonly why: string };

export type Evaluated = { readonly ok: true; readonly value: string | Readonly<Record<string, string>> } | Failed;

/** What expressions see: the object in the version applied, and its exportable secrets, opened. */
export interface ExpressionScope {
  readonly self: JsonObject;
  readonly secret: Readonly<Record<string, string>>;
}

/** Holder of the operator's own functions: the library knows functions and receivers, not namespaces. */
class Aso {}

const environment = new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true })
  .registerVariable('self', 'dyn')
  .registerVariable('secret', 'map<string, string>')
  .registerType('Aso', Aso)
  .registerConstant('aso', 'Aso', new Aso())
  .registerFunction('Aso.parseResourceId(string): dyn', (_aso: Aso, id: string) => parseResourceId(id));
registerStrings(environment);
registerMacros(environment);
registerMended(environment);
meter(environment, { type: 'Aso', name: 'aso' });

/** Runs an expression; a result of another type than string or map of strings is an error, and so is an empty one. */
export function evaluate(expression: string, scope: ExpressionScope): Evaluated {
  const ran = run(expression, scope);
  if (!ran.ok) return ran;
  if (typeof ran.value === 'string')
    return ran.value === '' ? failed(expression, 'it gave an empty text') : { ok: true, value: ran.value };
  const entries = entriesOf(ran.value);
  if (entries === undefined || !entries.every(([key, value]) => typeof key === 'string' && typeof value === 'string')) {
    return failed(expression, `it must give a string or a map of strings, but gave ${typeName(ran.value)}`);
  }
  // Every key and value was just seen to be a string.
  return entries.length === 0
    ? failed(expression, 'it gave an empty map')
    : { ok: true, value: Object.fromEntries(entries as [string, string][]) };
}

/** As evaluate, for labels and annotations: a string, which may be empty. */
export function evaluateText(
  expression: string,
  scope: ExpressionScope,
): { readonly ok: true; readonly value: string } | Failed {
  const ran = run(expression, scope);
  if (!ran.ok) return ran;
  return typeof ran.value === 'string'
    ? { ok: true, value: ran.value }
    : failed(expression, `it must give a string, but gave ${typeName(ran.value)}`);
}

function run(expression: string, scope: ExpressionScope): { readonly ok: true; readonly value: unknown } | Failed {
  const checked = environment.check(expression);
  if (!checked.valid) return failed(expression, firstLine(checked.error));
  try {
    const parsed = environment.parse(expression);
    return { ok: true, value: withBudget(() => parsed({ self: selfOf(scope), secret: scope.secret })) };
  } catch (error) {
    return failed(expression, runtimeReason(expression, error, scope));
  }
}

/** Names that an expression selects from `secret`, so that only what is needed is fetched. */
export function secretsIn(expression: string): readonly string[] {
  try {
    return [...new Set(selections(environment.parse(expression).ast))];
  } catch {
    // One that cannot be read, or is nested deeper than can be walked, is told when it is run.
    return [];
  }
}

function selections(node: unknown): readonly string[] {
  if (Array.isArray(node)) return node.flatMap(selections);
  if (!isNode(node)) return [];
  const [from, name] = Array.isArray(node.args) ? node.args : [];
  const isSecret = isNode(from) && from.op === 'id' && from.args === 'secret';
  const selected =
    isSecret && (node.op === '.' || node.op === '.?')
      ? name
      : isSecret && node.op.startsWith('[') && isNode(name)
        ? name.args
        : undefined;
  return [...(typeof selected === 'string' ? [selected] : []), ...selections(node.args)];
}

function isNode(value: unknown): value is { readonly op: string; readonly args: unknown } {
  return (
    typeof value === 'object' && value !== null && 'op' in value && typeof value.op === 'string' && 'args' in value
  );
}

function runtimeReason(expression: string, error: unknown, scope: ExpressionScope): string {
  const end = ended(error);
  if (end !== undefined) return end.why;
  const missing = error instanceof EvaluationError ? /^No such key: (\w+)/.exec(error.message)?.[1] : undefined;
  // A key that stands in the expression itself is no secret.
  if (missing !== undefined && new RegExp(`\\b${missing}\\b`).test(expression)) return `there is no '${missing}'`;
  const { code } = error as { readonly code?: unknown };
  if (Object.keys(scope.secret).length > 0 && /\bsecret\b/.test(expression))
    return typeof code === 'string' ? code : 'it could not be evaluated';
  return firstLine(error);
}

function failed(expression: string, why: string): Failed {
  return { ok: false, why: `expression ${shown(expression)}: ${why}` };
}

const LONGEST_SHOWN = 300;

/** An expression as a message quotes it: a condition is no place for a whole program. */
export function shown(expression: string): string {
  return expression.length > LONGEST_SHOWN ? `'${expression.slice(0, LONGEST_SHOWN)}…'` : `'${expression}'`;
}

function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}

function entriesOf(result: unknown): readonly (readonly [unknown, unknown])[] | undefined {
  if (result instanceof Map) return [...result];
  return isObject(result) && Object.getPrototypeOf(result) === Object.prototype ? Object.entries(result) : undefined;
}

function typeName(result: unknown): string {
  if (typeof result === 'bigint') return 'int';
  if (typeof result === 'number') return 'double';
  if (typeof result === 'boolean') return 'bool';
  if (Array.isArray(result)) return 'list';
  if (result === null) return 'null';
  return entriesOf(result) === undefined ? 'another type' : 'a map that holds something else';
}

/** By the object: it is large, and all of its expressions see the same. */
const SELVES = new WeakMap<JsonObject, unknown>();

function selfOf({ self }: ExpressionScope): unknown {
  const made = SELVES.get(self) ?? forCel(self);
  SELVES.set(self, made);
  return made;
}

/** JSON has one kind of number; CEL has two, and a whole one is an int. Names that CEL cannot spell get their escaped name beside. */
function forCel(value: Json | undefined): unknown {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(forCel);
  if (!isObject(value)) return value;
  const made: Record<string, unknown> = {};
  for (const [name, held] of Object.entries(value)) {
    if (held === undefined) continue;
    const inner = forCel(held);
    Object.defineProperty(made, name, { value: inner, enumerable: true });
    const escaped = escapedName(name);
    // Not enumerable: it can be selected, but a loop over a map's keys does not meet it.
    if (escaped !== name && !Object.hasOwn(value, escaped)) Object.defineProperty(made, escaped, { value: inner });
  }
  return made;
}

const KEYWORDS = new Set(['true', 'false', 'null', 'in']);

function escapedName(name: string): string {
  if (KEYWORDS.has(name)) return `__${name}__`;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}
