// What names alone say, so that the arm-map's text holds only what departs from them.

import type { FieldRule } from './arm-map.ts';

/** How the resources of most kinds look, so that the text says only when it is otherwise: a silent rule for '' means that it is not so. */
export const FLATTENED_ROOT: FieldRule = { at: '', under: 'properties' };
/** What owns the resources of most kinds, as the text names an owner. */
export const USUAL_OWNER = 'resources.azure.com/ResourceGroup';

/** v1api20230101preview or v20230101preview → 2023-01-01-preview; undefined for other names, such as v1. */
export function apiOfVersion(version: string): string | undefined {
  const match = /^v(?:1api)?(\d{4})(\d{2})(\d{2})([a-z]*)$/.exec(version);
  if (match === null) return undefined;
  const [, year, month, day, suffix] = match;
  return `${year}-${month}-${day}${suffix ? `-${suffix}` : ''}`;
}

/** Whether an API version is no preview: it is a date and nothing more. */
export function isStable(api: string): boolean {
  return api.length === '2023-01-01'.length;
}

/** The API version that a CRD version stands for: its date for a resource, its own name for a kind that does not live behind ARM. */
export function apiByName(version: string, isResource: boolean): string {
  return (isResource ? apiOfVersion(version) : undefined) ?? version;
}

/**
 * The rule of a CRD path by its last member: `subnetReference` stands for `subnetId`, `reference` for `id`, `nameFromConfig` is the
 * twin of `name`, and `userAssignedIdentities` are that. undefined: the name says nothing.
 */
export function ruleByName(at: string): FieldRule | undefined {
  const name = at.slice(at.lastIndexOf('/') + 1);
  if (name === 'userAssignedIdentities') return { at, identities: true };
  if (name === 'reference') return { at, to: 'id', ref: true };
  const [, stem = '', ending = ''] = /^(.+?)(References?|FromConfig)$/.exec(name) ?? [];
  if (stem === '') return undefined;
  if (ending === 'FromConfig') return { at, to: stem, from: 'configMap' };
  return { at, to: `${stem}${ending === 'References' ? 'Ids' : 'Id'}`, ref: true };
}

/** The newest stable version, a preview only when there is nothing else, the short name before its `v1api` twin; undefined of none. */
export function newestVersion(versions: readonly string[]): string | undefined {
  const rank = (version: string): string => {
    const api = apiOfVersion(version) ?? '';
    return `${isStable(api) ? 1 : 0}${api}${version.startsWith('v1api') ? 0 : 1}`;
  };
  return [...versions].sort((a, b) => rank(b).localeCompare(rank(a)))[0];
}

/** The storage version: the newest one's, as the original names its hub. */
export function storageVersionOf(versions: readonly string[]): string {
  const hub = newestVersion(versions);
  return hub === undefined || apiOfVersion(hub) === undefined ? (hub ?? 'v1') : `${hub}storage`;
}

/** Member name of a variant: 'AKS' → aks, 'HDInsight' → hdInsight, 'Microsoft.X/y' → microsoftXY. */
export function variantNameOf(value: string): string {
  const words = value.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return words
    .map((word, index) => (index === 0 ? lowerFirstWord(word) : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('');
}

/** The first word in lower case: an acronym is a word, its last letter begins the next one when a lower-case letter follows. */
export function lowerFirstWord(text: string): string {
  const acronym = /^[A-Z0-9]+(?=[A-Z][a-z]|$)/.exec(text)?.[0] ?? /^[A-Z]+(?=[^a-z]|$)/.exec(text)?.[0];
  const head = acronym ?? text.charAt(0);
  return head.toLowerCase() + text.slice(head.length);
}
