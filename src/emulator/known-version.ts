// Which types and api-versions there are: those of the project's CRDs, and what Azure says of any other. Source: arm-protocol section 3.

import type { KnownType } from './catalogue.ts';
import { type Answer, refuseAtGateway } from './message.ts';
import type { World } from './world.ts';
import type { Target } from './write-problems.ts';

/** Why a request is refused for its type or api-version. */
export function unknownVersion(
  world: World,
  target: Target,
  type: string,
  known: KnownType | undefined,
): Answer | undefined {
  const namespace = type.split('/')[0] ?? '';
  if (!world.catalogue.namespaces.has(namespace.toLowerCase()))
    return refuseAtGateway(404, 'InvalidResourceNamespace', `The resource namespace '${namespace}' is invalid.`);
  if (known === undefined)
    return /locks$/i.test(type)
      ? undefined
      : refuseAtGateway(
          404,
          'InvalidResourceType',
          `The resource type '${type.split('/').slice(1).join('/')}' could not be found in the namespace '${namespace}' for api version '${target.apiVersion}'.`,
        );
  if (known.apiVersions.includes(target.apiVersion) || isReadBetween(target, known)) return undefined;
  if (/^microsoft\.resources\//i.test(type))
    return refuseAtGateway(
      400,
      'InvalidApiVersionParameter',
      `The api-version '${target.apiVersion}' is invalid. The supported versions are '${known.apiVersions.join(',')}'.`,
    );
  const supported = known.apiVersions.join(', ');
  return refuseAtGateway(
    400,
    'NoRegisteredProviderFound',
    `No registered resource provider found for location '' and API version '${target.apiVersion}' for type '${type.split('/').slice(1).join('/')}'. The supported api-versions are '${supported}'.`,
  );
}

/** Azure knows more versions than our kinds: a read between two of them is answered. */
function isReadBetween({ apiVersion, request }: Target, { apiVersions }: KnownType): boolean {
  return request.method === 'GET' && apiVersion < (apiVersions[0] ?? '') && apiVersion > (apiVersions.at(-1) ?? '');
}
