// The cluster that a command talks to: the kubeconfig's current context, unless told otherwise.

import { KubeConfig } from '@kubernetes/client-node';
import { createKube, type Kube, KubeError, MADE_UP_SERVER } from '../kube/client.ts';
import { CliError, type CliOption, messageOf, type OptionValues } from './command.ts';
import { release } from './project.ts';

export const CLUSTER_OPTIONS: readonly CliOption[] = [
  { flags: '--kubeconfig <file>', summary: 'kubeconfig to use; as kubectl finds one if absent' },
  { flags: '--context <name>', summary: 'context of the kubeconfig; the current one if absent' },
];

const TIMEOUT_MS = 60_000;

/** Connects, runs, and closes again. Throws CliError when the kubeconfig cannot be used or the cluster does not answer. */
export async function withCluster<T>(options: OptionValues, use: (kube: Kube) => Promise<T>): Promise<T> {
  const config = readConfig(options);
  const server = config.getCurrentCluster()?.server;
  try {
    const kube = await createKube({
      config,
      timeoutMs: TIMEOUT_MS,
      userAgent: `asoctl/${release()}`,
      onRequest: () => undefined,
    });
    try {
      return await use(kube);
    } finally {
      kube.close();
    }
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    throw new CliError(`the cluster cannot be reached at ${server}: ${error.message}`, { cause: error });
  }
}

function readConfig(options: OptionValues): KubeConfig {
  const config = new KubeConfig();
  try {
    if (typeof options.kubeconfig === 'string') config.loadFromFile(options.kubeconfig);
    else config.loadFromDefault();
  } catch (error) {
    throw new CliError(`the kubeconfig cannot be read: ${messageOf(error)}`, { cause: error });
  }
  if (config.getCurrentCluster()?.server === MADE_UP_SERVER)
    throw new CliError('there is no kubeconfig: give --kubeconfig, set KUBECONFIG, or have one at ~/.kube/config');
  const names = config.getContexts().map(({ name }) => name);
  if (typeof options.context === 'string') {
    if (!names.includes(options.context))
      throw new CliError(`--context is '${options.context}'; the kubeconfig has ${names.join(', ') || 'none'}`);
    config.setCurrentContext(options.context);
  }
  if (config.getCurrentCluster() === null)
    throw new CliError(
      `the kubeconfig names no cluster: its current context is '${config.getCurrentContext()}', and it has the contexts ${names.join(', ') || '(none)'}`,
    );
  return config;
}
