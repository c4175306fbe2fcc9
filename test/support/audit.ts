// What a caller asked the API server for, from its audit log, and what rights that used.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type JsonObject } from '../../src/values/json.ts';

export interface Asked {
  readonly verb: string;
  readonly group: string;
  /** With its subresource, as RBAC writes it: `storageaccounts/status`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly isForbidden: boolean;
}

export interface Audit {
  /** Flags that make kube-apiserver write the log. */
  readonly flags: Readonly<Record<string, string>>;
  /** Requests of one user for resources so far; what everybody may ask (discovery, health) is no resource. */
  readonly askedBy: (user: string) => readonly Asked[];
}

export function auditIn(folder: string): Audit {
  const log = join(folder, 'audit.log');
  const policy = join(folder, 'policy.yaml');
  writeFileSync(
    policy,
    [
      'apiVersion: audit.k8s.io/v1',
      'kind: Policy',
      // What was decided is known from the first answer on; a watch is noted when it begins.
      'omitStages: [RequestReceived]',
      'rules:',
      '  - level: Metadata',
      '    userGroups: ["system:serviceaccounts"]',
      '  - level: None',
      '',
    ].join('\n'),
  );
  return {
    flags: {
      'audit-policy-file': policy,
      'audit-log-path': log,
      'audit-log-mode': 'blocking',
      // As on OpenShift: who changes owner references has to have the right to delete the object.
      'enable-admission-plugins': 'OwnerReferencesPermissionEnforcement',
    },
    askedBy: (user) =>
      readFileSync(log, 'utf8')
        .split('\n')
        // What follows the last line's end is being written.
        .slice(0, -1)
        .map((line) => JSON.parse(line) as JsonObject)
        .filter((event) => isObject(event.user) && event.user.username === user && isObject(event.objectRef))
        .map(askedOf),
  };
}

function askedOf(event: JsonObject): Asked {
  const ref = isObject(event.objectRef) ? event.objectRef : {};
  const annotations = isObject(event.annotations) ? event.annotations : {};
  const text = (name: string): string => String(ref[name] ?? '');
  return {
    verb: String(event.verb),
    group: text('apiGroup'),
    resource: ref.subresource === undefined ? text('resource') : `${text('resource')}/${text('subresource')}`,
    namespace: text('namespace'),
    name: text('name'),
    isForbidden: annotations['authorization.k8s.io/decision'] === 'forbid',
  };
}

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Single rights of rules as `verb group/resource`; all kinds of this project are one: `patch kinds`, `patch kinds/status`. */
export function rightsOf(rules: readonly Rule[]): ReadonlySet<string> {
  return new Set(
    rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => right(verb, group, resource)))),
    ),
  );
}

export function rightsUsed(asked: readonly Asked[]): ReadonlySet<string> {
  return new Set(asked.map(({ verb, group, resource }) => right(verb, group, resource)));
}

function right(verb: string, group: string, resource: string): string {
  if (!group.endsWith('.azure.com')) return `${verb} ${group === '' ? '' : `${group}/`}${resource}`;
  return `${verb} ${resource.includes('/') ? `kinds/${resource.slice(resource.indexOf('/') + 1)}` : 'kinds'}`;
}
