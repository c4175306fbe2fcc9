// Plain manifests for those without Helm: what the chart renders with its defaults and an empty pattern. The settings Secret is left out,
// since it is never the same twice. File names of a release carry its version (.github/workflows/release.yml).

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CHART } from './files.ts';

const NAMESPACE = 'azureserviceoperator-system';
const BASE = 'deploy/base/azureserviceoperator.yaml';

/** Path → text, for the single operator and for the two parts of the original's multi-tenant installation. */
export async function manifests(helm: string, signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
  const render = (namespace: string, ...values: readonly string[]): Promise<string> =>
    rendered({ helm, namespace, values }, signal);
  return {
    [BASE]: await render(NAMESPACE),
    'deploy/base/kustomization.yaml': kustomization(),
    'deploy/multitenant-cluster.yaml': await render(NAMESPACE, 'multitenant.enable=true', 'azureOperatorMode=webhooks'),
    // Whoever applies it puts its own namespace in this one's place.
    'deploy/multitenant-tenant.yaml': await render(
      'tenant1-system',
      'multitenant.enable=true',
      'azureOperatorMode=watchers',
      'installCRDs=false',
    ),
  };
}

interface Rendering {
  readonly helm: string;
  readonly namespace: string;
  readonly values: readonly string[];
}

async function rendered({ helm, namespace, values }: Rendering, signal: AbortSignal): Promise<string> {
  const sets = ['createAzureOperatorSecret=false', ...values].flatMap((value) => ['--set', value]);
  const { stdout } = await promisify(execFile)(
    helm,
    ['template', 'azure-service-operator', CHART, '--namespace', namespace, ...sets],
    { signal, maxBuffer: 1 << 24 },
  );
  const origin = '# Made from charts/azure-service-operator by `npm run chart`. Do not edit.\n';
  const object = `---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: ${namespace}\n  labels:\n    app.kubernetes.io/name: azure-service-operator\n`;
  return origin + object + stdout.replace(/^# Source: .*\n/gm, '');
}

function kustomization(): string {
  return [
    '# Made by `npm run chart`. Do not edit; build an overlay on it. It needs a Secret aso-controller-settings in its namespace.',
    'apiVersion: kustomize.config.k8s.io/v1beta1',
    'kind: Kustomization',
    'resources:',
    '  - azureserviceoperator.yaml',
    '',
  ].join('\n');
}
