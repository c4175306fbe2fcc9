// Who may sign in: applications of the settings, and user-assigned identities that were made here, with their federated credentials.

import { guidOf } from './made.ts';
import type { Application, EmulatorSettings, Federation } from './settings.ts';
import type { State } from './state.ts';
import { childrenOf } from './store.ts';

const IDENTITY = 'microsoft.managedidentity/userassignedidentities';

/** The application of a client id, as the directory of `tenant` knows it; undefined: it does not. */
export function applicationOf(
  state: State,
  settings: EmulatorSettings,
  asked: { readonly clientId: string; readonly tenant: string },
): Application | undefined {
  const clientId = asked.clientId.toLowerCase();
  const found =
    settings.clients.find((client) => client.clientId.toLowerCase() === clientId) ?? identityMade(state, clientId);
  const tenants = (found?.tenants ?? [settings.tenantId]).map((tenant) => tenant.toLowerCase());
  return tenants.includes(asked.tenant.toLowerCase()) ? found : undefined;
}

function identityMade(state: State, clientId: string): Application | undefined {
  for (const [key, resource] of state.resources) {
    if (resource.type.toLowerCase() !== IDENTITY || guidOf(`client ${resource.id}`).toLowerCase() !== clientId)
      continue;
    const federations = [...childrenOf(state, key)].flatMap(({ type, body }): Federation[] => {
      const properties = body.properties as Readonly<Record<string, unknown>> | undefined;
      if (!/\/federatedidentitycredentials$/i.test(type) || properties === undefined) return [];
      const audiences = Array.isArray(properties.audiences) ? properties.audiences : [];
      return [
        {
          issuer: String(properties.issuer),
          subject: String(properties.subject),
          ...(audiences.length === 0 ? {} : { audience: String(audiences[0]) }),
        },
      ];
    });
    return { clientId, federations };
  }
  return undefined;
}
