// RoleAssignment: a built-in role may be given by its display name. Source: extensions 2.2; traffic of case authorization-v20220401.

import { subscriptionOf } from '../arm/id.ts';
import { get } from '../arm/request.ts';
import { answered, bodyOf, isOk, resourceId, specOf } from '../reconcile/facts.ts';
import { warning } from '../reconcile/failure.ts';
import type { Hooks, Said } from '../reconcile/hooks.ts';
import type { Observed } from '../reconcile/observed.ts';
import { isObject } from '../values/json.ts';
import type { SealedObject } from '../values/secret.ts';

const LIST = '/providers/Microsoft.Authorization/roleDefinitions';
const LIST_API = '2022-04-01';

export const roleAssignment: Hooks = {
  body: (observed, body) => {
    const name = wellKnownName(observed);
    if (name === '') return { say: 'value', value: body };
    const role = roleNamed(observed, name);
    if (role.say !== 'value') return role;
    const subscription = subscriptionOf(resourceId(observed) ?? '');
    const id = `${subscription === undefined ? '' : `/subscriptions/${subscription}`}${LIST}/${role.value}`;
    // toBody has put the name where the id belongs, below `properties`.
    const properties = (body.properties ?? {}) as SealedObject;
    return { say: 'value', value: { ...body, properties: { ...properties, roleDefinitionId: id } } };
  },
};

function wellKnownName(observed: Observed): string {
  const reference = specOf(observed).roleDefinitionReference;
  return isObject(reference) && typeof reference.wellKnownName === 'string' ? reference.wellKnownName : '';
}

function roleNamed(observed: Observed, name: string): Said<string> {
  const answer = answered(observed, 'look:built-in roles');
  if (observed.answers['look:built-in roles'] === undefined)
    return { say: 'look', name: 'built-in roles', request: get(LIST, LIST_API) };
  const roles = bodyOf(answer)?.value;
  if (answer === undefined || !isOk(answer) || !Array.isArray(roles)) {
    return {
      say: 'failure',
      failure: warning(
        'Failed',
        `the list of role definitions could not be read, so role '${name}' could not be looked up`,
      ),
    };
  }
  const found = roles.filter(isObject).find((role) => {
    const properties = isObject(role.properties) ? role.properties : {};
    return properties.type === 'BuiltInRole' && String(properties.roleName).toLowerCase() === name.toLowerCase();
  });
  if (found === undefined)
    return {
      say: 'failure',
      failure: warning(
        'Failed',
        `roleDefinitionReference.wellKnownName '${name}' is not the name of a built-in role of Azure`,
      ),
    };
  return { say: 'value', value: String(found.name) };
}
