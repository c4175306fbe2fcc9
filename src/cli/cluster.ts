// The cluster that a command talks to: the kubeconfig's current context, unless told otherwise.

import { KubeConfig } from '@kubernetes/client-node';
import { createKube, type Kube } from '../kube/client.ts';
import { CliError, type CliOption, type OptionValues } from './command.ts';
import { release } from './project.ts';

export const CLUSTER_OPTIONS: readonly CliOption[] = [
  { flags: '--kubeconfig <file>', summary: 'kubeconfig to use; as kubectl finds one if absent' },
  { flags: '--context <name>', summary: 'context of the kubeconfig; the current one if absent' },
];

const TIMEOUT_MS = 60_000;

/** Connects, runs, and closes again. Throws CliError when the kubeconfig cannot be used. */
export async function withCluster<T>(options: OptionValues, use: (kube: Kube) => Promise<T>): Promise<T> {
  const kube = await connect(options);
  try {
    return await use(kube);
  } finally {
    kube.close();
  }
}

async function connect(options: OptionValues): Promise<Kube> {
  const config = new KubeConfig();
  try {
    if (typeof options.kubeconfig === 'string') config.loadFromFile(options.kubeconfig);
    else config.loadFromDefault();
    if (typeof options.context === 'string') {
      const names = config.getContexts().map(({ name }) => name);
      if (!names.includes(options.context))
        throw new CliError(`--context is '${options.context}'; the kubeconfig has ${names.join(', ') || 'none'}`);
      config.setCurrentContext(options.context);
    }
    return await createKube({
      config,
      timeoutMs: TIMEOUT_MS,
      userAgent: `asoctl/${release()}`,
      onRequest: () => undefined,
    });
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`the cluster cannot be reached: ${error instanceof Error ? error.message : error}`);
  }
}
