// aso.parseResourceId of export expressions: an ARM id as the tree of its parents. Pure. Source: contract 6.6.

export interface ParsedId {
  /** Absent above a tenant. */
  readonly parent?: ParsedId;
  readonly subscriptionId: string;
  readonly resourceGroupName: string;
  /** Namespace of the last /providers/ part. */
  readonly provider: string;
  readonly location: string;
  readonly resourceType: { readonly namespace: string; readonly type: string };
  readonly name: string;
}

const TENANT: ParsedId = {
  subscriptionId: '',
  resourceGroupName: '',
  provider: '',
  location: '',
  resourceType: { namespace: 'Microsoft.Resources', type: 'tenants' },
  name: '',
};

/** Throws for what is no id: the expression fails with that sentence. */
export function parseResourceId(id: string): ParsedId {
  const [head, ...segments] = id.split('/').filter((segment, index) => index === 0 || segment !== '');
  const first = segments[0]?.toLowerCase();
  if (head !== '' || segments.length < 2 || (first !== 'subscriptions' && first !== 'providers'))
    throw new Error('the text is not an ARM id');
  return below(TENANT, segments);
}

function below(parent: ParsedId, segments: readonly string[]): ParsedId {
  const [word, next, type, ...rest] = segments;
  if (word === undefined) return parent;
  if (next === undefined) throw new Error('the text is not an ARM id: a type has no name');
  if (word.toLowerCase() !== 'providers') return below(child(parent, word, next), segments.slice(2));
  if (type === undefined)
    return {
      ...inherited(parent),
      provider: next,
      resourceType: { namespace: 'Microsoft.Resources', type: 'providers' },
      name: next,
    };
  const [name, ...further] = rest;
  if (name === undefined) throw new Error('the text is not an ARM id: a type has no name');
  return below(
    {
      ...inherited(parent),
      provider: next,
      resourceType: { namespace: next, type },
      ...(isLocation(type) ? { location: name } : {}),
      name,
    },
    further,
  );
}

function child(parent: ParsedId, word: string, name: string): ParsedId {
  const lower = word.toLowerCase();
  if (lower === 'subscriptions' && parent === TENANT)
    return {
      ...inherited(parent),
      subscriptionId: name,
      resourceType: { namespace: 'Microsoft.Resources', type: 'subscriptions' },
      name,
    };
  if (lower === 'resourcegroups')
    return {
      ...inherited(parent),
      resourceGroupName: name,
      resourceType: { namespace: 'Microsoft.Resources', type: 'resourceGroups' },
      name,
    };
  const { namespace, type } = parent.resourceType;
  return {
    ...inherited(parent),
    resourceType: { namespace, type: `${type}/${word}` },
    ...(isLocation(word) ? { location: name } : {}),
    name,
  };
}

function inherited(parent: ParsedId): Omit<ParsedId, 'resourceType' | 'name'> {
  const { subscriptionId, resourceGroupName, provider, location } = parent;
  return { parent, subscriptionId, resourceGroupName, provider, location };
}

function isLocation(type: string): boolean {
  return type.toLowerCase() === 'locations';
}
