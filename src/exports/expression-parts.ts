// What the expressions of operatorSpec give, as parts of targets: all of one object within one budget. Pure. Source: contract 6.5, 6.6.

import { isObject, type Json, type JsonObject } from '../values/json.ts';
import { Secret } from '../values/secret.ts';
import { ended, withBudget } from './cel-budget.ts';
import { type ExpressionScope, evaluate, evaluateText, shown } from './expressions.ts';
import type { ExportPart, ExportTarget, Parts } from './merge.ts';

/** Parts of the expressions for Secrets and for ConfigMaps, or why there are none. */
export function expressed(operatorSpec: JsonObject, scope: ExpressionScope): readonly Parts[] {
  const { secretExpressions, configMapExpressions } = operatorSpec;
  if (expressionsOf(secretExpressions).length + expressionsOf(configMapExpressions).length === 0) return [];
  try {
    return withBudget(() => [
      expressions('Secret', secretExpressions, scope),
      // As in the original, `secret` is known to these expressions but has no content.
      expressions('ConfigMap', configMapExpressions, { ...scope, secret: {} }),
    ]);
  } catch (error) {
    const end = ended(error);
    if (end === undefined) throw error;
    return [{ ok: false, why: `an expression of spec.operatorSpec, or all together: ${end.why}`, retry: end.retry }];
  }
}

function expressions(kind: ExportTarget['kind'], asked: Json | undefined, scope: ExpressionScope): Parts {
  const parts: ExportPart[] = [];
  for (const expression of expressionsOf(asked)) {
    const made = expressionPart(kind, expression, scope);
    if ('ok' in made) return made;
    parts.push(made);
  }
  return { ok: true, parts };
}

function expressionPart(
  kind: ExportTarget['kind'],
  expression: JsonObject,
  scope: ExpressionScope,
): ExportPart | Extract<Parts, { readonly ok: false }> {
  const result = evaluate(textOf(expression.value), scope);
  if (!result.ok) return { ...result, retry: 'never' };
  const key = textOf(expression.key);
  const isText = typeof result.value === 'string';
  if (isText && key === '')
    return {
      ok: false,
      why: `expression ${shown(textOf(expression.value))} gave a string, so its destination needs a key`,
      retry: 'never',
    };
  if (!isText && key !== '')
    return {
      ok: false,
      why: `expression ${shown(textOf(expression.value))} gave a map, so its destination must not have a key`,
      retry: 'never',
    };
  const data = typeof result.value === 'string' ? { [key]: result.value } : result.value;
  const labels = textsOf(expression.labels, scope);
  if (!labels.ok) return { ...labels, retry: 'never' };
  const annotations = textsOf(expression.annotations, scope);
  if (!annotations.ok) return { ...annotations, retry: 'never' };
  return {
    kind,
    name: textOf(expression.name),
    data: Object.fromEntries(Object.entries(data).map(([name, text]) => [name, new Secret(text)])),
    hasMadeKeys: !isText,
    labels: labels.texts,
    annotations: annotations.texts,
  };
}

/** Labels and annotations of an expression are expressions themselves. */
function textsOf(
  asked: Json | undefined,
  scope: ExpressionScope,
): { readonly ok: true; readonly texts: JsonObject } | { readonly ok: false; readonly why: string } {
  const texts: Record<string, string> = {};
  for (const [name, expression] of Object.entries(isObject(asked) ? asked : {})) {
    const result = evaluateText(textOf(expression), scope);
    if (!result.ok) return result;
    texts[name] = result.value;
  }
  return { ok: true, texts };
}

/** The items of a list of expressions. */
export function expressionsOf(asked: Json | undefined): readonly JsonObject[] {
  return Array.isArray(asked) ? asked.filter(isObject) : [];
}

/** A member that ought to be text; '' when it is not there. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
