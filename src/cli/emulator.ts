// asoctl emulator: Azure Resource Manager on this machine, until Ctrl-C.

import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { startEmulator } from '../emulator/server.ts';
import { type CliCommand, CliError, listOf, messageOf } from './command.ts';
import { SHIPPED_CRDS } from './project.ts';

export const emulator: CliCommand = {
  path: ['emulator'],
  summary:
    'Runs the emulator of Azure Resource Manager until Ctrl-C and prints the settings that point an operator at it',
  options: [
    { flags: '-p, --port <port>', summary: 'port of the ARM and login endpoint; 0 for any', fallback: '0' },
    { flags: '--admin-port <port>', summary: 'port of the admin endpoint; 0 for any', fallback: '0' },
    {
      flags: '--crds <path>',
      summary: 'folder or file of CRDs whose types exist beside the shipped ones, as asoctl crd generate writes them',
      isList: true,
    },
    { flags: '--ca <file>', summary: 'where to write the CA certificate', fallback: 'emulator-ca.pem' },
  ],
  run: async (_args, options, terminal) => {
    const running = await startEmulator({
      port: portOf('--port', options.port),
      adminPort: portOf('--admin-port', options.adminPort),
      crds: [SHIPPED_CRDS, ...listOf(options.crds)],
    }).catch((error: unknown) => {
      throw new CliError(`the emulator cannot start: ${messageOf(error)}`, { cause: error });
    });
    try {
      const { settings } = running;
      writeCa(String(options.ca), running.caPem);
      const lines = {
        AZURE_AUTHORITY_HOST: running.endpoint,
        AZURE_RESOURCE_MANAGER_ENDPOINT: running.endpoint,
        AZURE_RESOURCE_MANAGER_AUDIENCE: running.endpoint,
        AZURE_GRAPH_ENDPOINT: running.graphEndpoint,
        AZURE_SUBSCRIPTION_ID: settings.subscriptionIds[0],
        AZURE_TENANT_ID: settings.tenantId,
        AZURE_CLIENT_ID: settings.clients[0]?.clientId,
        AZURE_CLIENT_SECRET: settings.clients[0]?.clientSecret,
        AZURE_POD_IDENTITY_AUTHORITY_HOST: running.metadataUrl,
        // The operator may be started from another folder.
        NODE_EXTRA_CA_CERTS: resolve(String(options.ca)),
      };
      terminal.out(
        `${Object.entries(lines)
          .map(([key, value]) => `export ${key}=${value}`)
          .join('\n')}\n`,
      );
      terminal.note(`admin endpoint: ${running.adminUrl} (journal, faults, resources, settings); Ctrl-C ends it`);
      await new Promise<void>((ended) => {
        if (terminal.signal.aborted) ended();
        terminal.signal.addEventListener('abort', () => ended(), { once: true });
      });
    } finally {
      await running.stop();
    }
    return 0;
  },
};

function writeCa(file: string, pem: string): void {
  try {
    writeFileSync(file, pem);
  } catch (error) {
    throw new CliError(`--ca is '${file}', which cannot be written: ${messageOf(error)}`, { cause: error });
  }
}

function portOf(flag: string, value: unknown): number {
  const port = Number(value);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new CliError(`${flag} is '${String(value)}'; allowed: a whole number from 0 to 65535`);
}
