import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { accessRoles, MANAGER_LABEL } from '../../../src/admission/roles.ts';
import { at } from '../../support/type-data.ts';

describe('rights of a group that the chart does not name', () => {
  const roles = accessRoles('orchard.example.org');

  it('reach the operator: the chart gathers them by their label', () => {
    const chart = readFileSync('charts/azure-service-operator/templates/manager-rbac.yaml', 'utf8');
    expect(chart).toContain(`${MANAGER_LABEL}: "true"`);
    expect(at(roles[0], ['metadata', 'labels', MANAGER_LABEL])).toBe('true');
  });

  it.each([
    [0, 'operator', ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']],
    [1, 'editors', ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']],
    [2, 'viewers', ['get', 'list', 'watch']],
  ])('role %i is for %s', (index, who, verbs) => {
    expect(at(roles[index], ['metadata', 'name'])).toBe(`azureserviceoperator-orchard.example.org-${who}`);
    expect(at(roles[index], ['rules'])).toEqual([{ apiGroups: ['orchard.example.org'], resources: ['*'], verbs }]);
  });
});
