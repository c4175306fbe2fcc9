// The instance-metadata endpoint of a machine: tokens of its managed identities, over plain HTTP. Source: arm-protocol section 16.

import type { Answer, Request } from './message.ts';
import { mint } from './minted.ts';
import type { EmulatorSettings, MachineIdentity } from './settings.ts';
import type { State } from './state.ts';

const PATH = '/metadata/identity/oauth2/token';

/** Answers a request to the endpoint as the real one does. */
export function instanceMetadata(request: Request, state: State, settings: EmulatorSettings, now: number): Answer {
  if (request.headers.metadata?.toLowerCase() !== 'true' || request.headers['x-forwarded-for'] !== undefined)
    return invalid('Required metadata header not specified');
  if (request.path.replace(/\/+$/, '') !== PATH) return { status: 404, body: { error: 'not_found' } };
  if (request.method !== 'GET') return { status: 405, body: { error: 'method_not_allowed' } };
  if (!/^20\d\d-\d\d-\d\d$/.test(request.query.get('api-version') ?? ''))
    return invalid("Required query variable 'api-version' is missing");
  const resource = request.query.get('resource') ?? '';
  if (resource === '') return invalid('Required audience parameter not specified');
  const found = identityAsked(request.query, settings);
  if (typeof found === 'string') return invalid(found);
  const seconds = Math.floor(now / 1000);
  const token = mint(state, settings, {
    clientId: found.clientId,
    tenantId: settings.tenantId,
    audience: resource,
    now,
  });
  return {
    status: 200,
    // Numbers come as text here.
    body: {
      access_token: token,
      client_id: found.clientId,
      expires_in: String(settings.tokenLifetimeS),
      expires_on: String(seconds + settings.tokenLifetimeS),
      ext_expires_in: String(settings.tokenLifetimeS),
      not_before: String(seconds),
      resource,
      token_type: 'Bearer',
    },
  };
}

/** The identity that the query names; the only one there is when it names none; else why there is none. */
function identityAsked(query: URLSearchParams, { machine }: EmulatorSettings): MachineIdentity | string {
  const users = machine.users ?? [];
  const is = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();
  const [clientId, objectId] = [query.get('client_id'), query.get('object_id')];
  const resourceId = query.get('msi_res_id') ?? query.get('mi_res_id');
  const all = [...users, ...(machine.system === undefined ? [] : [machine.system])];
  if (clientId !== null) return all.find((identity) => is(identity.clientId, clientId)) ?? 'Identity not found';
  if (objectId !== null) return all.find((identity) => is(identity.objectId, objectId)) ?? 'Identity not found';
  if (resourceId !== null) return all.find((identity) => is(identity.resourceId, resourceId)) ?? 'Identity not found';
  if (machine.system !== undefined) return machine.system;
  const [only, ...others] = users;
  if (only === undefined) return 'Identity not found';
  return others.length === 0
    ? only
    : 'Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request';
}

function invalid(description: string): Answer {
  return { status: 400, body: { error: 'invalid_request', error_description: description } };
}
