// RoleAssignment: a built-in role may be given by its display name; an assignment that exists under another made name is taken over.
// Source: extensions 2.2; traffic of case authorization-v20220401; arm-protocol section 9.

import { subscriptionOf } from '../arm/id.ts';
import { get } from '../arm/request.ts';
import { isNameMade } from '../reconcile/azure-name.ts';
import { answered, bodyOf, resourceId, specOf } from '../reconcile/facts.ts';
import { type Failure, warning } from '../reconcile/failure.ts';
import type { Hooks, Said } from '../reconcile/hooks.ts';
import type { Asked, Observed } from '../reconcile/observed.ts';
import { isObject, type JsonObject } from '../values/json.ts';
import type { SealedObject } from '../values/secret.ts';

const LIST = '/providers/Microsoft.Authorization/roleDefinitions';
const LIST_API = '2022-04-01';
/** A pass takes no more steps than this leaves room for; Azure gives all roles on one page. */
const MAX_PAGES = 10;

export const roleAssignment: Hooks = {
  adopt: (observed, failure) => {
    const id = existingId(observed, failure);
    return id === undefined ? undefined : takenOver(observed, failure, id);
  },
  classify: (failure, sent) => {
    // A new principal is known everywhere within seconds, mostly.
    if (failure.code === 'PrincipalNotFound') return { ...failure, retry: 'soon' };
    if (failure.code !== 'RoleAssignmentUpdateNotPermitted') return failure;
    return { ...failure, message: `${failure.message} ${notPermitted(sent)}` };
  },
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
  for (let page = 1, request = get(LIST, LIST_API); page <= MAX_PAGES; page += 1) {
    const look = page === 1 ? 'built-in roles' : `built-in roles, page ${page}`;
    if (observed.answers[`look:${look}`] === undefined) return { say: 'look', name: look, request };
    const body = bodyOf(answered(observed, `look:${look}`));
    if (!Array.isArray(body?.value))
      return refused(`the list of role definitions could not be read, so role '${name}' could not be looked up`);
    const found = body.value.filter(isObject).find((role) => isBuiltIn(role, name));
    if (found !== undefined) return { say: 'value', value: String(found.name) };
    if (typeof body.nextLink !== 'string' || body.nextLink === '') break;
    request = { verb: 'GET', url: body.nextLink };
  }
  return refused(`roleDefinitionReference.wellKnownName '${name}' is not the name of a built-in role of Azure`);
}

function isBuiltIn(role: JsonObject, name: string): boolean {
  const properties = isObject(role.properties) ? role.properties : {};
  return properties.type === 'BuiltInRole' && String(properties.roleName).toLowerCase() === name.toLowerCase();
}

function refused(message: string): Said<string> {
  return { say: 'failure', failure: warning('Failed', message) };
}

/** Names in Azure come from namespace and name alone, so that two clusters can make the same one. */
function notPermitted({ request }: Asked): string {
  const id = request.url.split('?')[0] ?? '';
  return `Assignment ${id} exists with another principal, role or scope, which cannot change. If it is this object's, delete the object and create it anew. If somebody else made it, delete the object with annotation serviceoperator.azure.com/reconcile-policy: detach-on-delete, and create it anew with a GUID of its own in spec.azureName`;
}

/** Azure names the assignment that exists by its GUID without dashes. */
function existingId(observed: Observed, failure: Failure): string | undefined {
  if (failure.code !== 'RoleAssignmentExists') return undefined;
  const [, digits] = /ID of the existing role assignment is '?([0-9a-f]{32})\b/i.exec(failure.message) ?? [];
  const own = resourceId(observed);
  if (digits === undefined || own === undefined) return undefined;
  const guid = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5').toLowerCase();
  const id = `${own.slice(0, own.lastIndexOf('/'))}/${guid}`;
  return id.toLowerCase() === own.toLowerCase() ? undefined : id;
}

function takenOver(observed: Observed, failure: Failure, id: string): Said<string> {
  const refuse = (message: string): Said<string> => ({
    say: 'failure',
    failure: { ...failure, retry: 'verySlow', message },
  });
  if (!isNameMade(observed))
    return refuse(
      `this principal has the role already, by assignment ${id}. The object names another one in spec.azureName (or metadata.name): give it the GUID of that assignment to take it over, or delete one of the two`,
    );
  const rival = observed.rival(id);
  if (rival !== undefined)
    return refuse(
      `this principal has the role already, by assignment ${id}, which ${rival} manages; one object is enough`,
    );
  const seen = observed.answers['look:existing assignment'];
  if (seen === undefined) return { say: 'look', name: 'existing assignment', request: get(id, observed.apiVersion) };
  const held = bodyOf(answered(observed, 'look:existing assignment'))?.properties;
  return isObject(held) && isSameGrant(held, observed)
    ? { say: 'value', value: id }
    : refuse(`this principal has the role already, by assignment ${id}, which could not be read or is another one`);
}

/** Same principal and role as what was sent; the scope is the same by the id. */
function isSameGrant(held: JsonObject, observed: Observed): boolean {
  const sent = observed.answers.put?.request.body?.properties;
  const wanted = typeof sent === 'object' && sent !== null ? (sent as SealedObject) : {};
  const last = (id: unknown): string => String(id).split('/').at(-1)?.toLowerCase() ?? '';
  return (['principalId', 'roleDefinitionId'] as const).every((member) => last(held[member]) === last(wanted[member]));
}
