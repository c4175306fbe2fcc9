// Parts of a resource that are resources of their own: children that stand in their parent's body, and what Azure makes beside it.

import { isObject, type Json, type JsonObject } from '../values/json.ts';
import { endpointInterface } from './made.ts';
import { EMBEDDED } from './resources.ts';
import type { Resource } from './state.ts';
import { childrenOf, drop, keep, nextRevision } from './store.ts';
import type { World } from './world.ts';

/** Children in a parent's body become resources of their own; those left out are deleted. Gives the body without them. */
export function embed(world: World, id: string, type: string, sent: JsonObject): JsonObject {
  const rule = EMBEDDED[type.toLowerCase()];
  if (rule === undefined) return sent;
  const { rest, children } = taken(sent, ['properties', ...rule.path]);
  const prefix = `${id.toLowerCase()}/${rule.type.toLowerCase()}/`;
  const named = new Set(children.map((child) => `${prefix}${String(child.name).toLowerCase()}`));
  for (const held of childrenOf(world.state, id.toLowerCase())) {
    const key = held.id.toLowerCase();
    if (key.startsWith(prefix) && ![...named].some((name) => key === name || key.startsWith(`${name}/`)))
      drop(world.state, key);
  }
  for (const child of children)
    keepChild(world, `${id}/${rule.type}/${String(child.name)}`, `${type}/${rule.type}`, child);
  return rest;
}

function keepChild({ state, now }: World, id: string, type: string, child: JsonObject): void {
  const held = state.resources.get(id.toLowerCase());
  const { id: _id, name: _name, type: _type, ...body } = child;
  keep(state, {
    id,
    type,
    apiVersion: '',
    body,
    made: {},
    createdAt: held?.createdAt ?? now,
    revision: nextRevision(state),
  });
}

/** A body without the list at a path, and that list. */
function taken(
  body: JsonObject,
  path: readonly string[],
): { readonly rest: JsonObject; readonly children: readonly JsonObject[] } {
  const [head = '', ...below] = path;
  const { [head]: held, ...others } = body;
  if (below.length === 0) return { rest: others, children: objectsIn(held) };
  if (!isObject(held)) return { rest: body, children: [] };
  const inner = taken(held, below);
  return { rest: { ...others, [head]: inner.rest }, children: inner.children };
}

const objectsIn = (value: Json | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];

/** A private endpoint has an interface of its own, with one address in its subnet. */
export function makeParts({ state, now }: World, { id, type, apiVersion, body }: Resource): void {
  if (type.toLowerCase() !== 'microsoft.network/privateendpoints') return;
  const ipConfigurations = [
    { name: 'privateEndpointIpConfig', properties: { primary: true, privateIPAddress: '10.0.0.4' } },
  ];
  keep(state, {
    id: endpointInterface(id),
    type: 'Microsoft.Network/networkInterfaces',
    apiVersion,
    body: { location: body.location ?? '', properties: { ipConfigurations } },
    made: {},
    createdAt: now,
    revision: nextRevision(state),
  });
}
