// The members of a spec that are the operator's own and never enter the body: operatorSpec, owner, azureName and its twin.

import { entriesFor } from './facts.ts';
import { enumOrder } from './naming.ts';
import { stringSchema, unionSchema } from './scalars.ts';
import { KEY_REFERENCE, operatorSpecSchema, ownerSchema } from './shapes.ts';
import { resolve, type TypeNode } from './types.ts';
import { has, type Member, type Schema, type Walk } from './walk.ts';

/** operatorSpec, owner and the name, as far as the kind has them. */
export function ownMembers(walk: Walk, body: TypeNode): readonly Member[] {
  const { facts } = walk;
  const own = (name: string, schema: Schema, isRequired: boolean): Member => ({ name, place: [], schema, isRequired });
  const members = [
    own(
      'operatorSpec',
      operatorSpecSchema(
        destinations(walk, 'operatorSecrets'),
        destinations(walk, 'operatorConfigMaps'),
        extraOf(walk),
      ),
      false,
    ),
  ];
  if (facts.owner !== 'none') members.push(own('owner', ownerSchema(facts.owner === 'any'), true));
  const name = nameSchema(walk, body);
  if (name !== undefined) members.push(own('azureName', name, false));
  if (has(walk, facts.azureNameFromConfig, 'name')) members.push(own('azureNameFromConfig', KEY_REFERENCE, false));
  return members;
}

/** The type of the resource's own name: a string when the user may choose it, a literal when it is fixed. */
export function nameNode(walk: Pick<Walk, 'file'>, body: TypeNode): TypeNode | undefined {
  const properties =
    body.$type === 'ObjectType' ? body.properties : body.$type === 'DiscriminatedObjectType' ? body.baseProperties : {};
  return properties.name === undefined ? undefined : resolve(walk.file, properties.name.type);
}

/** What the user may choose as the resource's name; nothing when it is fixed. A body may be told apart by its very name. */
function nameSchema(walk: Walk, body: TypeNode): Schema | undefined {
  if (body.$type === 'DiscriminatedObjectType' && body.discriminator === 'name')
    return { type: 'string', enum: Object.keys(body.elements).sort(enumOrder) };
  const name = nameNode(walk, body);
  if (name?.$type === 'StringType') return stringSchema(walk, name, 'name');
  if (walk.facts.fixedName !== undefined || walk.facts.fixedNames !== undefined) return undefined;
  if (name?.$type === 'UnionType') return unionSchema(walk, name);
  // A name of digits: it stands in a URL all the same.
  return name?.$type === 'IntegerType' ? { type: 'string', pattern: '^[0-9]+$' } : undefined;
}

/** Names of exports offered at this API version. */
export function destinations(walk: Walk, list: 'operatorSecrets' | 'operatorConfigMaps'): readonly string[] {
  return (walk.facts[list] ?? []).flatMap((entry) => {
    if (typeof entry === 'string') return [entry];
    return entry.versions === undefined || entry.versions.includes(walk.api) ? [entry.name] : [];
  });
}

function extraOf(walk: Walk): Schema {
  return Object.fromEntries(entriesFor(walk.facts.operatorSpecExtra, walk.api).map(([name, schema]) => [name, schema]));
}
