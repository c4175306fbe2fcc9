// A built-in role by its name (extensions section 2.2).

import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/values/json.ts';
import {
  azureWith,
  GROUP_ID,
  type Living,
  memberAt,
  ok,
  pass,
  putOf,
  refusal,
  SUBSCRIPTION_ID,
  verdictOf,
} from '../../support/life.ts';

describe('a built-in role by its name (section 2.2)', () => {
  const living = (wellKnownName: string): Living => ({
    apiVersion: 'authorization.azure.com/v20220401',
    kind: 'RoleAssignment',
    id: `${GROUP_ID}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000000`,
    spec: { principalId: 'p', roleDefinitionReference: { wellKnownName } },
  });
  const roles = ok({
    value: [
      { name: 'custom', properties: { roleName: 'Reader', type: 'CustomRole' } },
      { name: 'guid', properties: { roleName: 'Reader', type: 'BuiltInRole' } },
    ],
  });

  it('is looked up without regard to case, among the built-in ones', () => {
    const { sent } = pass(
      living('reader'),
      azureWith({ 'GET /providers/Microsoft.Authorization/roleDefinitions': roles }),
    );
    expect(memberAt(putOf(sent), 'properties/roleDefinitionId')).toBe(
      `/subscriptions/${SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/guid`,
    );
  });

  it('is looked for on every page', () => {
    const next = 'https://management.azure.com/next';
    const url = 'GET /providers/Microsoft.Authorization/roleDefinitions';
    const { sent } = pass(
      living('reader'),
      azureWith({ [url]: ok({ value: [], nextLink: next }), [`GET ${next}`]: roles }),
    );
    expect(memberAt(putOf(sent), 'properties/roleDefinitionId')).toMatch(/\/roleDefinitions\/guid$/);
  });

  it('an unknown one is said so, and nothing is sent', () => {
    const { sent, end } = pass(
      living('Raeder'),
      azureWith({ 'GET /providers/Microsoft.Authorization/roleDefinitions': roles }),
    );
    expect(putOf(sent)).toEqual({});
    expect(verdictOf(end)).toMatch(/^Warning Failed: .*'Raeder' is not the name of a built-in role/);
  });
});

describe('an assignment that Azure has already', () => {
  const ASSIGNMENTS = `${GROUP_ID}/providers/Microsoft.Authorization/roleAssignments`;
  const EXISTING = '0f8fad5b-d9cb-469f-a165-70867728950e';
  const ROLE = `/subscriptions/${SUBSCRIPTION_ID}/providers/Microsoft.Authorization/roleDefinitions/r`;
  const MADE = '32b1cd0a-b1b2-5c65-9b3e-000000000000';
  const living = (azureName: string, more: Partial<Living> = {}): Living => ({
    apiVersion: 'authorization.azure.com/v20220401',
    kind: 'RoleAssignment',
    id: `${ASSIGNMENTS}/${azureName}`,
    ...more,
    spec: {
      owner: { armId: GROUP_ID },
      principalId: 'P',
      roleDefinitionReference: { armId: ROLE },
      operatorSpec: { namingConvention: 'random' },
      ...more.spec,
    },
  });
  const exists = refusal(
    409,
    'RoleAssignmentExists',
    `The role assignment already exists. The ID of the existing role assignment is ${EXISTING.replaceAll('-', '')}.`,
  );
  const azure = (held: object = { principalId: 'p', roleDefinitionId: `${ROLE.toUpperCase()}` }) =>
    azureWith({
      [`PUT ${ASSIGNMENTS}/${MADE}`]: exists,
      [`GET ${ASSIGNMENTS}/${EXISTING}`]: ok({ properties: held as JsonObject }),
    });

  it('is taken over when nobody chose the name', () => {
    const { end, requests } = pass(living(MADE), azure());
    expect(requests.at(-1)).toBe(`GET ${ASSIGNMENTS}/${EXISTING}?api-version=2022-04-01`);
    expect(end).toMatchObject({
      do: 'report',
      annotations: { 'serviceoperator.azure.com/resource-id': `${ASSIGNMENTS}/${EXISTING}` },
      again: { kind: 'after', afterMs: 0 },
    });
  });

  const rows: readonly (readonly [because: string, living: Living, held: object | undefined, says: RegExp])[] = [
    [
      'is named when somebody chose the name, with what to do',
      living(MADE, { spec: { operatorSpec: {} } }),
      undefined,
      /^Warning RoleAssignmentExists: .*give it the GUID of that assignment to take it over/,
    ],
    [
      "is left alone when it is another object's",
      living(MADE, { with: { rival: (id) => (id.endsWith(EXISTING) ? "x 'other/reader'" : undefined) } }),
      undefined,
      /which x 'other\/reader' manages/,
    ],
    [
      'is left alone when its principal is another',
      living(MADE),
      { principalId: 'q', roleDefinitionId: ROLE },
      /is another one$/,
    ],
    [
      'is left alone when its role is another',
      living(MADE),
      { principalId: 'P', roleDefinitionId: `${ROLE}2` },
      /is another one$/,
    ],
  ];
  it.each(rows)('%s', (_because, assignment, held, says) => {
    const { end } = pass(assignment, azure(held));
    expect(verdictOf(end)).toMatch(says);
    expect(end.do === 'report' && end.annotations?.['serviceoperator.azure.com/resource-id']).toBeFalsy();
  });
});

describe('refusals of an assignment', () => {
  const id = `${GROUP_ID}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-000000000000`;
  const living: Living = {
    apiVersion: 'authorization.azure.com/v20220401',
    kind: 'RoleAssignment',
    id,
    spec: { principalId: 'p', roleDefinitionReference: { armId: '/r' } },
  };

  it('a principal, role or scope that cannot change: what to do is said', () => {
    const said = 'Tenant ID, application ID, principal ID, and scope are not allowed to be updated.';
    const { end } = pass(living, azureWith({ [`PUT ${id}`]: refusal(400, 'RoleAssignmentUpdateNotPermitted', said) }));
    expect(verdictOf(end)).toMatch(
      /^Warning RoleAssignmentUpdateNotPermitted: Tenant ID.*delete the object and create it anew.*spec\.azureName/,
    );
  });

  it('a principal that the directory does not know yet is waited for, and looked for soon', () => {
    const { end } = pass(living, azureWith({ [`PUT ${id}`]: refusal(400, 'PrincipalNotFound') }));
    expect(verdictOf(end)).toMatch(/^Warning PrincipalNotFound/);
    expect(end).toMatchObject({ again: { kind: 'backoff', capMs: 30_000 } });
  });
});
