// A built-in role by its name (extensions section 2.2).

import { describe, expect, it } from 'vitest';
import {
  azureWith,
  GROUP_ID,
  type Living,
  memberAt,
  ok,
  pass,
  putOf,
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

  it('an unknown one is said so, and nothing is sent', () => {
    const { sent, end } = pass(
      living('Raeder'),
      azureWith({ 'GET /providers/Microsoft.Authorization/roleDefinitions': roles }),
    );
    expect(putOf(sent)).toEqual({});
    expect(verdictOf(end)).toMatch(/^Warning Failed: .*'Raeder' is not the name of a built-in role/);
  });
});
