// Resources that somebody else makes in the emulated Azure, over the wire.

import { request } from 'node:https';
import type { Emulator } from '../../src/emulator/server.ts';
import type { JsonObject } from '../../src/values/json.ts';

/** Makes a resource that no object stands for. Throws what Azure refuses. */
export async function madeInAzure(emulator: Emulator, id: string, api: string, body: JsonObject): Promise<void> {
  const { endpoint, caPem, settings } = emulator;
  const [client] = settings.clients;
  const send = (
    method: string,
    path: string,
    headers: Record<string, string>,
    text: string,
  ): Promise<{ status: number; body: JsonObject }> =>
    new Promise((resolve, reject) => {
      const sent = request(`${endpoint}${path}`, { method, headers, ca: caPem }, (answer) => {
        let held = '';
        answer.on('data', (chunk: Buffer) => {
          held += chunk.toString();
        });
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, body: held === '' ? {} : (JSON.parse(held) as JsonObject) }),
        );
      });
      sent.on('error', reject);
      sent.end(text);
    });
  const form = `grant_type=client_credentials&client_id=${client?.clientId}&client_secret=${client?.clientSecret}&scope=${endpoint}/.default`;
  const token = await send(
    'POST',
    `/${settings.tenantId}/oauth2/v2.0/token`,
    { 'content-type': 'application/x-www-form-urlencoded' },
    form,
  );
  const made = await send(
    'PUT',
    `${id}?api-version=${api}`,
    { authorization: `Bearer ${token.body.access_token}`, 'content-type': 'application/json' },
    JSON.stringify(body),
  );
  if (made.status >= 300) throw new Error(`${id}: ${made.status} ${JSON.stringify(made.body)}`);
}
