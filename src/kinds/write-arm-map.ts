// Writes an arm-map as the text of its annotation: compact JSON that leaves out what the names of things say already (by-name.ts), since
// every CRD carries one. Law: what read-arm-map.ts reads of it is the map again.

import { isDeepStrictEqual } from 'node:util';
import type { ArmMap, FieldRule } from './arm-map.ts';
import { apiByName, FLATTENED_ROOT, ruleByName, storageVersionOf, USUAL_OWNER, variantNameOf } from './by-name.ts';

type Written = string | Omit<FieldRule, 'oneOf'>;

export function writeArmMap(map: ArmMap): string {
  const { kind, storage, type, scope, owner, versions, spec, status, ...rest } = map;
  const isResource = type !== undefined;
  const ownerText = owner === undefined || owner === 'any' ? owner : `${owner.group}/${owner.kind}`;
  const isUsual = scope === 'resourceGroup';
  return JSON.stringify({
    format: 1,
    kind,
    storage: storage === storageVersionOf(Object.keys(versions)) ? undefined : storage,
    type,
    scope: isUsual && isResource ? undefined : scope,
    owner: isUsual && ownerText === USUAL_OWNER ? undefined : ownerText,
    versions: versionsOf(versions, isResource),
    spec: rulesOf(spec, isResource),
    status: rulesOf(status, isResource),
    ...rest,
  });
}

function versionsOf(versions: ArmMap['versions'], isResource: boolean): ArmMap['versions'] | readonly string[] {
  const isByName = Object.entries(versions).every(([name, api]) => api === apiByName(name, isResource));
  return isByName ? Object.keys(versions) : versions;
}

function rulesOf(rules: readonly FieldRule[], isResource: boolean): readonly Written[] | undefined {
  const texts = rules.filter((rule) => !isResource || !isDeepStrictEqual(rule, FLATTENED_ROOT)).map(ruleText);
  const isPlain = isResource && !rules.some((rule) => rule.at === '' && rule.under !== undefined);
  const all = isPlain ? [...texts, { at: '' }] : texts;
  return all.length === 0 ? undefined : all;
}

function ruleText(rule: FieldRule): Written {
  const { in: apiVersions, ...everywhere } = rule;
  if (rule.oneOf !== undefined) return { ...rule, oneOf: variantsText(rule.oneOf) } as Written;
  if (!isDeepStrictEqual(everywhere, ruleByName(rule.at))) return rule;
  return apiVersions === undefined ? rule.at : { at: rule.at, in: apiVersions };
}

function variantsText({ by, is }: NonNullable<FieldRule['oneOf']>): unknown {
  return {
    by,
    is: Object.entries(is).every(([name, value]) => name === variantNameOf(value)) ? Object.values(is) : is,
  };
}
