// Role assignments and built-in roles. Source: arm-protocol section 9.

import { isObject, type Json, type JsonObject } from '../values/json.ts';
import type { Answer } from './message.ts';
import { refuse } from './message.ts';
import type { State } from './state.ts';

const BUILT_IN: Readonly<Record<string, string>> = {
  Owner: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
  Contributor: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
  Reader: 'acdd72a7-3385-48ef-bd42-f606fba81ae7',
  'User Access Administrator': '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
  'Storage Blob Data Owner': 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
  'Storage Blob Data Contributor': 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
  'Storage Blob Data Reader': '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1',
  'Key Vault Secrets User': '4633458b-17de-408a-b874-0445c86b69e6',
  'Key Vault Administrator': '00482a5a-887f-4fb3-b363-3b7fe8e74483',
  AcrPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d',
  'Network Contributor': '4d97b98b-1d4f-4787-a291-c67834d212e7',
  'Managed Identity Operator': 'f1a07417-d97a-45cb-824c-7a7467783830',
};

export function builtInRoles(): JsonObject {
  const root = '/providers/Microsoft.Authorization/roleDefinitions';
  return {
    value: Object.entries(BUILT_IN).map(([roleName, name]) => ({
      properties: { roleName, type: 'BuiltInRole', assignableScopes: ['/'] },
      id: `${root}/${name}`,
      type: 'Microsoft.Authorization/roleDefinitions',
      name,
    })),
  };
}

export interface Assigning {
  readonly id: string;
  readonly body: JsonObject;
  readonly now: number;
  /** How long the directory does not know a principal that was just made. */
  readonly principalDelayMs: number;
}

/** Why an assignment is refused; undefined: it may be made. */
export function assignmentProblem(state: State, assigning: Assigning): Answer | undefined {
  const { id, body, now, principalDelayMs } = assigning;
  const name = id.slice(id.lastIndexOf('/') + 1);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name))
    return refuse(
      400,
      'InvalidRoleAssignmentId',
      `The role assignment ID '${name}' is not valid. The role assignment ID must be a GUID.`,
    );
  const wanted = triple(id, body);
  const held = state.resources.get(id.toLowerCase());
  if (held !== undefined) {
    return triple(held.id, held.body) === wanted
      ? undefined
      : refuse(
          400,
          'RoleAssignmentUpdateNotPermitted',
          'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.',
        );
  }
  for (const other of state.resources.values()) {
    if (
      other.type.toLowerCase() !== 'microsoft.authorization/roleassignments' ||
      triple(other.id, other.body) !== wanted
    )
      continue;
    return refuse(
      409,
      'RoleAssignmentExists',
      `The role assignment already exists. The ID of the existing role assignment is ${other.id.slice(other.id.lastIndexOf('/') + 1).replaceAll('-', '')}.`,
    );
  }
  const properties = isObject(body.properties) ? body.properties : {};
  const madeAt = state.principals.get(String(properties.principalId).toLowerCase());
  if (madeAt !== undefined && madeAt + principalDelayMs > now && properties.principalType !== 'ServicePrincipal') {
    return refuse(
      400,
      'PrincipalNotFound',
      `Principal ${String(properties.principalId).replaceAll('-', '')} does not exist in the directory.`,
    );
  }
  return undefined;
}

function triple(id: string, body: { readonly properties?: Json | undefined }): string {
  const properties = isObject(body.properties) ? body.properties : {};
  const scope = id.slice(0, id.toLowerCase().lastIndexOf('/providers/microsoft.authorization/'));
  return `${scope}|${String(properties.principalId)}|${String(properties.roleDefinitionId).split('/').at(-1)}`.toLowerCase();
}
