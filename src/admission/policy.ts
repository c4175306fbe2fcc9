// The one admission policy: what holds for every kind alike and needs more than a CRD rule sees (annotations, the old object, DELETE).
// Source: contract 9.4 and 2.1. Evaluated by the API server, so it holds while the operator is down. Start at `VALIDATIONS`.

import type { JsonObject } from '../values/json.ts';

export const ADMISSION_POLICY = 'azureserviceoperator-policy';

const PREFIX = 'serviceoperator.azure.com';
const FINALIZER = `${PREFIX}/finalizer`;

const annotation = (of: string, name: string): string =>
  `${of}.metadata.?annotations[?"${PREFIX}/${name}"].orValue("")`;
const spec = (of: string, path: string): string => `${of}.?spec.?${path.replaceAll('.', '.?')}.orValue("")`;
/** Places that exports write, as 'name/key': those of fields, and those of expressions with a key. A map's keys are not known here. */
const places = (fields: string, expressions: string): string => {
  const at = (member: string): string => `object.?spec.?operatorSpec.?${member}`;
  return [
    `${at(fields)}.orValue({}).map(f, ${at(fields)}.orValue({})[f].name + "/" + ${at(fields)}.orValue({})[f].key)`,
    `${at(expressions)}.orValue([]).filter(e, has(e.key) && e.key != "").map(e, e.name + "/" + e.key)`,
  ].join(' + ');
};
const isUnique = (list: string): string => `${list}.all(p, ${list}.exists_one(q, q == p))`;
const unchanged = (path: string): string => `${spec('object', path)} == ${spec('oldObject', path)}`;

/** Variables are worked out when a rule asks for them: those about `object` are never asked on DELETE, where it is null. */
const VARIABLES: readonly JsonObject[] = [
  {
    name: 'isClaimed',
    // Users of databases have no ARM id: their finalizer says that the operator has begun.
    expression: `request.kind.kind == "User" ? "${FINALIZER}" in object.metadata.?finalizers.orValue([]) : ${annotation('object', 'resource-id')} != ""`,
  },
  { name: 'isLocked', expression: 'request.operation == "UPDATE" && variables.isClaimed' },
  { name: 'oldName', expression: spec('oldObject', 'azureName') },
  { name: 'newName', expression: spec('object', 'azureName') },
  {
    name: 'isDefaultName',
    // The operator fills the name in; a manifest without it, sent by replace, means the same name as long as that was the default.
    expression:
      'variables.oldName == oldObject.metadata.name || variables.oldName.matches("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")',
  },
];

const OWNER: readonly JsonObject[] = [
  { name: 'ownerName', expression: spec('object', 'owner.name') },
  { name: 'ownerArmId', expression: spec('object', 'owner.armId') },
  {
    name: 'asksNewOwner',
    expression: `object.?spec.?owner.hasValue() && (request.operation == "CREATE" || !(${unchanged('owner.name')} && ${unchanged('owner.armId')}))`,
  },
];

const EXPORTS: readonly JsonObject[] = [
  { name: 'secretPlaces', expression: places('secrets', 'secretExpressions') },
  { name: 'configMapPlaces', expression: places('configMaps', 'configMapExpressions') },
  {
    name: 'asksNewExports',
    // What is stored already must stay editable, or it could never be mended or deleted.
    expression:
      'request.operation == "CREATE" || object.?spec.?operatorSpec.orValue({}) != oldObject.?spec.?operatorSpec.orValue({})',
  },
];

const ADVICE = 'once the object is claimed for its resource in Azure; delete the object and create it anew';

const VALIDATIONS: readonly JsonObject[] = [
  {
    expression:
      '!variables.isLocked || variables.oldName == "" || variables.newName == variables.oldName || (variables.newName == "" && variables.isDefaultName)',
    messageExpression: `"spec.azureName cannot change from '" + variables.oldName + "' to '" + variables.newName + "' ${ADVICE}"`,
    message: `spec.azureName cannot change ${ADVICE}`,
  },
  {
    // Group and kind of an arbitrary owner may change alone, as in the original.
    expression: `!variables.isLocked || (${unchanged('owner.name')} && ${unchanged('owner.armId')})`,
    message: `spec.owner cannot change, be added or be removed ${ADVICE}`,
  },
  {
    // Stored owners stay as they are: such an object must stay editable, or it could never be mended or deleted.
    expression:
      'request.operation == "DELETE" || !variables.asksNewOwner || (variables.ownerName == "") != (variables.ownerArmId == "")',
    messageExpression: `"spec.owner: give exactly one of name and armId; found name '" + variables.ownerName + "' and armId '" + variables.ownerArmId + "'"`,
    message: 'spec.owner: give exactly one of name and armId',
  },
  {
    expression: `request.kind.group != "dbformysql.azure.com" || request.kind.kind != "User" || !variables.isLocked || (has(object.spec.localUser) == has(oldObject.spec.localUser) && has(object.spec.aadUser) == has(oldObject.spec.aadUser) && ${unchanged('aadUser.alias')})`,
    message: `a database user cannot change between local and Entra, nor its Entra alias, ${ADVICE}`,
  },
  {
    // Only a new value is refused: an object that has it already must stay editable, or it could never be mended or deleted.
    expression: `request.operation == "DELETE" || !${annotation('object', 'credential-from')}.contains("/") || (request.operation == "UPDATE" && ${annotation('object', 'credential-from')} == ${annotation('oldObject', 'credential-from')})`,
    message: `annotation ${PREFIX}/credential-from names a Secret in the object's own namespace; it cannot hold '/'`,
  },
  ...(['secret', 'configMap'] as const).map((kind) => ({
    expression: `request.operation == "DELETE" || !variables.asksNewExports || ${isUnique(`variables.${kind}Places`)}`,
    message: `spec.operatorSpec writes more than one value to the same key of the same ${kind === 'secret' ? 'Secret' : 'ConfigMap'}`,
  })),
  {
    // A request to delete a collection comes once without an object, then once for each.
    expression: `request.operation != "DELETE" || oldObject == null || ${annotation('oldObject', 'protect')} != "true"`,
    message: `the object is protected; take off annotation ${PREFIX}/protect first`,
    reason: 'Forbidden',
  },
];

/**
 * The ValidatingAdmissionPolicy and its binding for these API groups (full names: storage.azure.com, ...). Needs Kubernetes 1.30.
 * Groups are named one by one: the API has no pattern for them, and '*' would put the policy in front of every request of the cluster.
 * A group that a user adds later comes with a policy of its own, under another name.
 */
export function admissionPolicy(groups: readonly string[], name: string = ADMISSION_POLICY): readonly JsonObject[] {
  const metadata = { name, labels: { 'app.kubernetes.io/name': 'azure-service-operator' } };
  return [
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          // Every version of a kind is named by '*', so nothing is left for Equivalent to convert.
          matchPolicy: 'Exact',
          // '*' is every resource but no subresource: status is written as before.
          resourceRules: [
            {
              apiGroups: [...new Set(groups)].sort(),
              apiVersions: ['*'],
              resources: ['*'],
              operations: ['CREATE', 'UPDATE', 'DELETE'],
            },
          ],
        },
        variables: [...VARIABLES, ...OWNER, ...EXPORTS],
        validations: VALIDATIONS,
      },
    },
    {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ];
}
