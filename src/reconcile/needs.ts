// What a spec names: every reference, Secret and ConfigMap that its body needs. Found by the very walk that makes the body,
// so the two can never disagree.

import type { Fields } from '../kinds/fields.ts';
import type { JsonObject } from '../values/json.ts';
import { Secret } from '../values/secret.ts';
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
