// Rights on API groups that the chart's role does not name: aggregated ClusterRoles, so that nobody has to edit a binding.
// The chart's manager role collects what carries MANAGER_LABEL; editors and viewers are Kubernetes' own `edit` and `view`.

import type { JsonObject } from '../values/json.ts';

/** On a ClusterRole: its rules become the operator's. */
export const MANAGER_LABEL = 'serviceoperator.azure.com/aggregate-to-manager';

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** The ClusterRoles of one API group: of the operator, of editors and of viewers. `*` holds for status and finalizers too. */
export function accessRoles(group: string): readonly JsonObject[] {
  const role = (who: string, labels: readonly string[], verbs: readonly string[]): JsonObject => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: {
      name: `azureserviceoperator-${group}-${who}`,
      labels: {
        'app.kubernetes.io/part-of': 'azure-service-operator',
        ...Object.fromEntries(labels.map((label) => [label, 'true'])),
      },
    },
    rules: [{ apiGroups: [group], resources: ['*'], verbs: [...verbs] }],
  });
  const kubernetes = (name: string): string => `rbac.authorization.k8s.io/aggregate-to-${name}`;
  return [
    role('operator', [MANAGER_LABEL], [...READ, 'create', 'update', 'patch', 'delete']),
    role('editors', [kubernetes('admin'), kubernetes('edit')], [...READ, ...WRITE]),
    role('viewers', [kubernetes('view')], READ),
  ];
}
