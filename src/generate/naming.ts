// Names by rule: the original's habits, so that the facts hold only what departs from them. Source: catalogue sections 3, 4 and 7.

import { lowerFirstWord } from '../kinds/by-name.ts';

/** Lower-case singular of a kind. */
export function singularOf(kind: string): string {
  return kind.toLowerCase();
}

/** Lower-case plural of a kind. */
export function pluralOf(kind: string): string {
  const singular = kind.toLowerCase();
  if (singular === 'redis' || singular.endsWith('settings')) return singular;
  if (/[^aeiou]y$/.test(singular)) return `${singular.slice(0, -1)}ies`;
  return /(?:s|x|sh|ch)$/.test(singular) ? `${singular}es` : `${singular}s`;
}

/** Field that stands for an id field: `id` → reference, `subnetId` → subnetReference, `resourceIds` → resourceReferences. Only for kinds without facts. */
export function referenceNameOf(name: string): string {
  if (/^ids?$/i.test(name)) return 'reference';
  const plural = /Ids$|IDs$/.test(name);
  const stem = name.replace(/(?:Ids?|IDs?)$/, '');
  return lowerFirstWord(`${stem}${plural ? 'References' : 'Reference'}`);
}

/** ASCII order of enum values with the first letter raised and '*' read as Star: the order of the original's schemas. */
export function enumOrder(a: string, b: string): number {
  const left = enumKey(a);
  const right = enumKey(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

function enumKey(value: string): string {
  const text = value.replaceAll('*', 'Star');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** 2023-01-01-preview → v20230101preview; undefined when the API version cannot be a version name. */
export function versionOfApi(api: string): string | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:-([a-z]+))?$/.exec(api.toLowerCase());
  return match === null ? undefined : `v${match[1]}${match[2]}${match[3]}${match[4] ?? ''}`;
}

/** Microsoft.Storage → storage.azure.com. */
export function groupOf(provider: string): string {
  return `${provider.toLowerCase().replace(/^microsoft\./, '')}.azure.com`;
}

/** An API group as the facts write it: without .azure.com, or whole when it is of another domain. */
export function fullGroup(short: string): string {
  return short.includes('.') ? short : `${short}.azure.com`;
}

/** The longest name that Kubernetes takes for a kind and its list. */
const LONGEST_KIND = 63 - 'List'.length;

/**
 * Kind of a type by the original's habit: all its segments, each with a capital, the last word made singular
 * (storageAccounts/blobServices/containers → StorageAccountsBlobServicesContainer). Too long a name loses segments from its front.
 */
export function kindNameOf(type: string): string {
  const segments = type.split('/').slice(1).map(capital);
  const last = segments.pop() ?? '';
  const words = [...segments, singularName(last)].map((word) => word.replace(/[^A-Za-z0-9]/g, ''));
  while (words.length > 1 && words.join('').length > LONGEST_KIND) words.shift();
  return words.join('').slice(0, LONGEST_KIND);
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function singularName(word: string): string {
  if (/ies$/.test(word)) return `${word.slice(0, -3)}y`;
  if (/(?:ss|sh|ch|x)es$/.test(word)) return word.slice(0, -2);
  return /(?:ss|us|is|redis|settings)$/i.test(word) ? word : word.replace(/s$/, '');
}
