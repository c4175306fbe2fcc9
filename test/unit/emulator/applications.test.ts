// An identity that was made through Resource Manager, with its federated credential, can sign in: how a team gives itself an identity.

import { expect, it } from 'vitest';
import { DEFAULTS } from '../../../src/emulator/settings.ts';
import { azure, bodyOf, GROUP, propertiesOf, URLS } from '../../support/azure.ts';
import { issuer } from '../../support/sign-in.ts';

const IDENTITY = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/mi1`;
const SUBJECT = 'system:serviceaccount:team:aso-workload';

it('an identity made here signs in by what its federated credential names, and by nothing else', () => {
  const cluster = issuer('https://cluster.test');
  const at = azure({ issuerKeys: { [cluster.name]: cluster.keys } });
  const clientId = String(propertiesOf(at.put(URLS.identity, { location: 'westus2' })).clientId);
  // The clock of these tests stands in 2030.
  const login = (subject: string) =>
    at.send(
      'POST',
      `/${DEFAULTS.tenantId}/oauth2/v2.0/token`,
      new URLSearchParams({
        client_id: clientId,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: cluster.token(subject, { lifetimeS: 10 * 365 * 86_400 }),
      }).toString(),
    );
  expect(bodyOf(login(SUBJECT)).error_codes).toEqual([70025]);
  at.put(`${IDENTITY}/federatedIdentityCredentials/f?api-version=2023-01-31`, {
    properties: { issuer: cluster.name, subject: SUBJECT, audiences: ['api://AzureADTokenExchange'] },
  });
  expect(login(SUBJECT).status).toBe(200);
  expect(bodyOf(login('system:serviceaccount:evil:aso-workload')).error_codes).toEqual([700213]);
  at.remove(URLS.identity);
  expect(bodyOf(login(SUBJECT)).error_codes).toEqual([700016]);
});
