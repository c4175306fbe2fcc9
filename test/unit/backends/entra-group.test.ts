// Requests to Microsoft Graph and the meaning of its answers, as values.

import { describe, expect, it } from 'vitest';
import { createGroup, foundIn, searchGroups, updateGroup } from '../../../src/backends/entra-group.ts';

const SPEC = { name: 'x', displayName: 'Team', mailNickname: 'team' };

describe('requests', () => {
  it('a search is written as the recording entra-v1 has it', () => {
    expect(searchGroups('ASO Sample Security Group').url).toBe(
      '/v1.0/groups?%24filter=displayName%20eq%20%27ASO%20Sample%20Security%20Group%27',
    );
  });

  it.each([
    ["O'Hara", "displayName eq 'O''Hara'"],
    ["' or startswith(displayName,'a", "displayName eq ''' or startswith(displayName,''a'"],
    ['a&$top=1#', "displayName eq 'a&$top=1#'"],
  ])('a search for %j stays one literal', (name, filter) => {
    const { url } = searchGroups(name);
    const query = new URLSearchParams(url.slice(url.indexOf('?')));
    expect([...query]).toEqual([['$filter', filter]]);
  });

  it.each([
    ['assigned', []],
    ['enabled', ['DynamicMembership']],
    ['assignedm365', ['Unified']],
    ['enabledm365', ['DynamicMembership', 'Unified']],
  ])('membership %s is groupTypes %j', (membershipType, groupTypes) => {
    expect(createGroup({ ...SPEC, membershipType }).body).toEqual({
      '@odata.type': '#microsoft.graph.group',
      displayName: 'Team',
      mailNickname: 'team',
      groupTypes,
      mailEnabled: false,
      securityEnabled: true,
    });
  });

  it('a new group without a kind of membership is an assigned one', () => {
    expect(createGroup(SPEC).body).toMatchObject({ groupTypes: [] });
  });

  it.each([
    [
      'nothing differs, nothing is sent',
      { id: '1', displayName: 'Team', mailNickname: 'team', description: 'x' },
      undefined,
    ],
    ['only what differs is sent', { id: '1', displayName: 'Old', mailNickname: 'team' }, { displayName: 'Team' }],
    ['a kind that is not set is not managed', { id: '1', ...SPEC, groupTypes: ['Unified'] }, undefined],
  ])('%s', (_because, group, body) => {
    expect(updateGroup(SPEC, group)?.body).toEqual(body);
  });
});

describe('a search', () => {
  const answer = (...names: readonly string[]) => ({
    status: 200,
    headers: {},
    body: { value: names.map((displayName, at) => ({ id: String(at), displayName })) },
  });
  it.each([
    ['no hit', answer(), { is: 'none' }],
    ['one hit', answer('Team'), { is: 'one', group: { id: '0' } }],
    ['Graph does not regard case, a name does', answer('TEAM'), { is: 'none' }],
    ['the exact one among others', answer('team', 'Team'), { is: 'one', group: { id: '1' } }],
    ['two of the same name', answer('Team', 'Team'), { is: 'failure' }],
  ])('%s', (_because, given, found) => {
    expect(foundIn(given, 'Team')).toMatchObject(found);
  });
});
