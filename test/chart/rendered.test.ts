// What the chart renders: values in, objects out, and refusals that name the value. Needs Helm, nothing else.

import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { chartFiles } from '../../tools/chart/files.ts';
import { manifests } from '../../tools/chart/manifests.ts';
import { findHelm } from '../../tools/go-programs.ts';
import { type Chart, chartOf, ORIGINAL_VALUES, type Rendered } from '../support/chart.ts';

const NEVER = new AbortController().signal;
let chart: Chart;
let helm: string;
beforeAll(async () => {
  helm = await findHelm({ say: (line) => console.error(line), signal: NEVER });
  chart = chartOf(helm);
});

const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((held, member) => (held as Record<string | number, unknown> | undefined)?.[member], value);
const container = (rendered: Rendered): unknown =>
  at(rendered.one('Deployment'), 'spec', 'template', 'spec', 'containers', 0);
const args = (rendered: Rendered): readonly string[] => at(container(rendered), 'args') as readonly string[];
const env = (rendered: Rendered, name: string): unknown =>
  (at(container(rendered), 'env') as readonly { name: string; value?: string }[]).findLast(
    (entry) => entry.name === name,
  )?.value;
const setting = (rendered: Rendered, key: string): string | undefined => {
  const data = at(rendered.one('Secret'), 'data') as Readonly<Record<string, string>>;
  return data[key] === undefined ? undefined : Buffer.from(data[key], 'base64').toString('utf8');
};

describe('files made from the code', () => {
  it('are what `npm run chart` makes', async () => {
    for (const [path, text] of Object.entries({ ...chartFiles(), ...(await manifests(helm, NEVER)) })) {
      expect(existsSync(path), path).toBe(true);
      expect(readFileSync(path, 'utf8') === text, `${path}: run \`npm run chart\` and commit the result`).toBe(true);
    }
  });
});

describe('values that are refused', () => {
  it.each([
    ['azurSyncPeriod=1h', 'azurSyncPeriod', 'a misspelt value'],
    ['metrics.prot=1', 'prot', 'a misspelt value inside another'],
    ['azureSyncMode=get', 'azureSyncMode', 'a word that is not allowed'],
    ['azureOperatorMode=both', 'azureOperatorMode', 'the original stops on it too'],
    ['azureSyncPeriod=soon', 'azureSyncPeriod', 'it is no duration'],
    ['maxConcurrentReconciles=0', 'maxConcurrentReconciles', 'nothing would ever be reconciled'],
    ['go.memLimit=lots', 'memLimit', 'it is no amount of memory'],
    ['go.memLimit=4MiB', 'go.memLimit', 'the runtime could not start with it'],
    ['image.digest=latest', 'digest', 'a digest is sha256 and 64 digits'],
    ['rbac.scope=namespaces', 'rbac.scope', 'rights in no namespace make no operator'],
    ['nameOverride=aso', 'nameOverride', 'names are fixed, as with the original'],
    ['podDisruptionBudget.maxUnavailable=1', 'maxUnavailable', 'the budget has one number'],
    ['networkPolicies.redisCIDR=0.0.0.0/0', 'redisCIDR', 'it is no value of the network policies'],
    ['rateLimit.mode=null', "'mode'", 'without it there is nothing to choose by'],
    ['metrics=null', "'metrics'", 'a section that is left empty in a file takes its defaults away'],
    ['replicaCount=null', "'replicaCount'", 'a number that is left empty in a file'],
    ['replicaCount=two', 'replicaCount', 'it is no number'],
    ['image.tag=', 'tag', 'an image without a tag cannot be pulled'],
    ['image.repository=mcr.microsoft.com/k8s/azureserviceoperator:v2.20.0', 'image.repository', "the original's image"],
  ])('%s is refused by its name: %s (%s)', async (set, named) => {
    await expect(chart.render({ sets: [set] })).rejects.toThrow(named);
  });
});

describe('values that users bring along', () => {
  it("a file with every value of the original's chart gives what the defaults give", async () => {
    const brought = await chart.render({
      file: readFileSync(ORIGINAL_VALUES, 'utf8'),
      sets: ['image.repositoryBase=registry.example/aso', 'image.tag=v9'],
    });
    const plain = await chart.render({});
    expect(brought.names()).toEqual(plain.names());
    expect(args(brought)).toEqual(args(plain));
    expect(at(container(brought), 'image')).toBe('registry.example/aso:v9');
  });

  it.each([
    ['azureOperatorMode'],
    ['azureTargetNamespaces'],
    ['azureTenantID'],
    ['azureClientSecret'],
    ['azureSyncPeriod'],
    ['crdPattern'],
    ['crdManagement'],
    ['workloadIdentityAuthMode'],
    ['podLabels'],
    ['commonLabels'],
    ['tolerations'],
    ['go.memLimit'],
    ['serviceAccount.name'],
    ['metrics.certificateSecret'],
  ])('%s left empty in a file is as if it were an empty text', async (name) => {
    const rendered = await chart.render({ sets: [`${name}=null`] });
    const settings = Object.values(at(rendered.one('Secret'), 'data') as Readonly<Record<string, string>>);
    const said = [JSON.stringify(rendered.objects), ...settings.map((text) => Buffer.from(text, 'base64').toString())];
    expect(said.filter((text) => /<nil>|<no value>|":null/.test(text))).toEqual([]);
  });

  it.each([
    ['replicaCount: "3"', ['Deployment', 'spec', 'replicas'], 3],
    [
      'maxConcurrentReconciles: "3"',
      ['Secret', 'data', 'MAX_CONCURRENT_RECONCILES'],
      Buffer.from('3').toString('base64'),
    ],
    ['metrics: {port: "3"}', ['Service', 'spec', 'ports', 0, 'port'], 3],
  ] as const)('%s may be a number in quotes, as substitution makes them', async (file, [kind, ...path], found) => {
    const rendered = await chart.render({ file });
    expect(at(rendered.one(kind), ...path)).toBe(found);
  });

  it.each([
    'podLabels',
    'commonLabels',
    'podAnnotations',
    'deploymentAnnotations',
    'nodeSelector',
    'serviceAccount.annotations',
  ])('%s are texts, whatever YAML takes them for, and keys may have dots', async (name) => {
    const rendered = await chart.render({ sets: [`${name}.on=true`, `${name}.build=12`, `${name}.a\\.b/c=d`] });
    const said = JSON.stringify(rendered.objects);
    for (const text of ['"on":"true"', '"build":"12"', '"a.b/c":"d"']) expect(said).toContain(text);
  });

  it('labels of users never take the place of those that the selector and policies look for', async () => {
    const rendered = await chart.render({
      sets: [
        'commonLabels.app\\.kubernetes\\.io/name=mine',
        'podLabels.control-plane=mine',
        'podLabels.team=a',
        'commonLabels.team=b',
      ],
    });
    const labels = at(rendered.one('Deployment'), 'spec', 'template', 'metadata', 'labels');
    expect(labels).toMatchObject({
      'app.kubernetes.io/name': 'azure-service-operator',
      'control-plane': 'controller-manager',
      team: 'a',
    });
  });

  it.each(['Never', '.5h', '1.5h', '+1h30m', '90s', '0s'])(
    'azureSyncPeriod may be %s, as Go writes it',
    async (period) => {
      const rendered = await chart.render({ sets: [`azureSyncPeriod=${period}`] });
      expect(setting(rendered, 'AZURE_SYNC_PERIOD')).toBe(period);
    },
  );

  it('a rate of 0 arrives, so that the operator can refuse it', async () => {
    const rendered = await chart.render({ sets: ['rateLimit.mode=bucket', 'rateLimit.qps=0'] });
    expect(setting(rendered, 'RATE_LIMIT_QPS')).toBe('0');
  });

  it('a pattern may be a block of text, and a label may hold what YAML has a meaning for', async () => {
    const rendered = await chart.render({ file: 'crdPattern: |\n  a/*;b/*\ncrdLabels: "x=y: #z"\n' });
    expect(args(rendered)).toEqual(expect.arrayContaining(['--crd-pattern=a/*;b/*', '--crd-labels=x=y: #z']));
  });

  it('large numbers of a file keep their digits', async () => {
    const rendered = await chart.render({
      file: 'rateLimit: {mode: bucket, bucketSize: 2000000}\npodLabels: {build: 20261125}\nsecurityContext: {runAsUser: 1000680000}',
    });
    expect(setting(rendered, 'RATE_LIMIT_BUCKET_SIZE')).toBe('2000000');
    expect(at(container(rendered), 'securityContext', 'runAsUser')).toBe(1000680000);
    expect(at(rendered.one('Deployment'), 'spec', 'template', 'metadata', 'labels', 'build')).toBe('20261125');
  });
});

describe('rights', () => {
  it.each([
    ['installCRDs=false', "CRDs are somebody else's"],
    ['crdManagement=none', 'the operator is told not to touch them'],
  ])('with %s there is no right to write CRDs: %s', async (set) => {
    const rendered = await chart.render({ sets: [set] });
    expect(rendered.names().filter((name) => name.includes('crd-manager'))).toEqual([]);
    expect(args(rendered)).toContain('--crd-management=none');
  });
});

describe('names that users and their policies know', () => {
  it('are those of the original', async () => {
    const rendered = await chart.render({});
    expect(rendered.names()).toEqual([
      'ClusterRole azureserviceoperator-crd-manager-role',
      'ClusterRole azureserviceoperator-crd-reader-role',
      'ClusterRole azureserviceoperator-generated-kinds-role',
      'ClusterRole azureserviceoperator-manager-role',
      'ClusterRole azureserviceoperator-metrics-auth-role',
      'ClusterRoleBinding azureserviceoperator-crd-manager-rolebinding',
      'ClusterRoleBinding azureserviceoperator-crd-reader-rolebinding',
      'ClusterRoleBinding azureserviceoperator-generated-kinds-rolebinding',
      'ClusterRoleBinding azureserviceoperator-manager-rolebinding',
      'ClusterRoleBinding azureserviceoperator-metrics-auth-rolebinding',
      'Deployment azureserviceoperator-controller-manager',
      'NetworkPolicy azure-service-operator-allow-egress',
      'NetworkPolicy azure-service-operator-allow-ingress',
      'PodDisruptionBudget azureserviceoperator-pdb',
      'Role azureserviceoperator-leader-election-role',
      'RoleBinding azureserviceoperator-leader-election-rolebinding',
      'Secret aso-controller-settings',
      'Service azureserviceoperator-controller-manager-metrics-service',
      'ServiceAccount azureserviceoperator-default',
      'ValidatingAdmissionPolicy azureserviceoperator-policy',
      'ValidatingAdmissionPolicyBinding azureserviceoperator-policy',
    ]);
  });

  it('bindings of a tenant carry its namespace, and a tenant brings nothing that a cluster has once', async () => {
    const tenant = await chart.render({
      namespace: 'tenant1-system',
      sets: ['multitenant.enable=true', 'azureOperatorMode=watchers', 'installCRDs=false'],
    });
    expect(tenant.names().filter((name) => name.startsWith('ClusterRole'))).toEqual([
      'ClusterRole azureserviceoperator-metrics-auth-role-tenant1-system',
      'ClusterRoleBinding azureserviceoperator-crd-reader-rolebinding-tenant1-system',
      'ClusterRoleBinding azureserviceoperator-generated-kinds-rolebinding-tenant1-system',
      'ClusterRoleBinding azureserviceoperator-manager-rolebinding-tenant1-system',
      'ClusterRoleBinding azureserviceoperator-metrics-auth-rolebinding-tenant1-system',
    ]);
    expect(tenant.names().filter((name) => name.startsWith('Validating'))).toEqual([]);
  });

  it('without cluster-wide rights there is nothing cluster-wide', async () => {
    const rendered = await chart.render({
      sets: ['rbac.scope=namespaces', 'azureTargetNamespaces={team-a,team-b}', 'metrics.secure=false'],
    });
    expect(rendered.names().filter((name) => /^(Cluster|Validating)/.test(name))).toEqual([]);
    expect(rendered.all('Role').map((role) => at(role, 'metadata', 'namespace'))).toEqual([
      'azureserviceoperator-system',
      'team-a',
      'team-b',
    ]);
  });
});

describe('settings', () => {
  it('all values of the original arrive under their keys', async () => {
    const values: Readonly<Record<string, readonly [key: string, text: string]>> = {
      azureSubscriptionID: ['AZURE_SUBSCRIPTION_ID', 's'],
      azureTenantID: ['AZURE_TENANT_ID', 't'],
      azureClientID: ['AZURE_CLIENT_ID', 'c'],
      azureAdditionalTenants: ['AZURE_ADDITIONAL_TENANTS', 'a'],
      azureClientSecret: ['AZURE_CLIENT_SECRET', 'x'],
      azureClientCertificate: ['AZURE_CLIENT_CERTIFICATE', 'pem'],
      azureClientCertificatePassword: ['AZURE_CLIENT_CERTIFICATE_PASSWORD', 'p'],
      azureSyncPeriod: ['AZURE_SYNC_PERIOD', '15m'],
      azureSyncMode: ['AZURE_SYNC_MODE', 'diff'],
      azureUserAgentSuffix: ['AZURE_USER_AGENT_SUFFIX', 'u'],
      azureAuthorityHost: ['AZURE_AUTHORITY_HOST', 'https://login.example/'],
      azureResourceManagerEndpoint: ['AZURE_RESOURCE_MANAGER_ENDPOINT', 'https://arm.example'],
      azureResourceManagerAudience: ['AZURE_RESOURCE_MANAGER_AUDIENCE', 'https://core.example/'],
      azureGraphEndpoint: ['AZURE_GRAPH_ENDPOINT', 'https://graph.example'],
      azureOperatorMode: ['AZURE_OPERATOR_MODE', 'watchers'],
      defaultReconcilePolicy: ['DEFAULT_RECONCILE_POLICY', 'skip'],
      useWorkloadIdentityAuth: ['USE_WORKLOAD_IDENTITY_AUTH', 'true'],
      allowMultiEnvManagement: ['ALLOW_MULTI_ENV_MANAGEMENT', 'true'],
      workloadIdentityAuthMode: ['AZURE_WORKLOAD_IDENTITY_AUTH_MODE', 'strict'],
      maxConcurrentReconciles: ['MAX_CONCURRENT_RECONCILES', '7'],
      'rateLimit.mode': ['RATE_LIMIT_MODE', 'bucket'],
      'rateLimit.qps': ['RATE_LIMIT_QPS', '2.5'],
      'rateLimit.bucketSize': ['RATE_LIMIT_BUCKET_SIZE', '9'],
    };
    const rendered = await chart.render({
      sets: [...Object.entries(values).map(([name, [, text]]) => `${name}=${text}`), 'azureTargetNamespaces={a,b}'],
    });
    for (const [name, [key, text]] of Object.entries(values)) expect(setting(rendered, key), name).toBe(text);
    expect(setting(rendered, 'AZURE_TARGET_NAMESPACES')).toBe('a,b');
    const read = (at(container(rendered), 'env') as readonly { name: string }[]).map((entry) => entry.name);
    for (const key of Object.keys(at(rendered.one('Secret'), 'data') as object)) expect(read).toContain(key);
  });

  it('without values only the three identity keys and the concurrency are there, empty where they are', async () => {
    const data = at((await chart.render({})).one('Secret'), 'data') as object;
    expect(Object.keys(data).sort()).toEqual([
      'AZURE_CLIENT_ID',
      'AZURE_SUBSCRIPTION_ID',
      'AZURE_TENANT_ID',
      'MAX_CONCURRENT_RECONCILES',
    ]);
  });

  it('an existing Secret is used as it is', async () => {
    const rendered = await chart.render({ sets: ['createAzureOperatorSecret=false'] });
    expect(rendered.all('Secret')).toEqual([]);
    expect(JSON.stringify(container(rendered))).toContain('"name":"aso-controller-settings","key":"AZURE_CLIENT_ID"');
  });
});

describe('the Deployment', () => {
  it('has its flags in the places that patches for the original count on', async () => {
    expect(
      args(await chart.render({ sets: ['crdPattern={a/*,b/*}', 'crdLabels=x=y', 'useJSONLogging=true'] })),
    ).toEqual([
      '--metrics-addr=0.0.0.0:8443',
      '--secure-metrics=true',
      '--profiling-metrics=false',
      '--health-addr=:8081',
      '--enable-leader-election',
      '--v=2',
      '--crd-pattern=a/*;b/*',
      '--crd-labels=x=y',
      '--metrics-cert-dir=/tmp/k8s-metrics-server/serving-certs',
      '--json-logging',
    ]);
  });

  it.each([
    ['400MiB', '--max-old-space-size=320 --max-semi-space-size=2'],
    ['1GiB', '--max-old-space-size=819 --max-semi-space-size=2'],
    ['', undefined],
    ['off', undefined],
  ])('a memory limit of %j for Go becomes %j for Node', async (limit, options) => {
    expect(env(await chart.render({ sets: [`go.memLimit=${limit}`] }), 'NODE_OPTIONS')).toBe(options);
  });

  it('without a Secret for the certificate of metrics there is no volume for it', async () => {
    const said = JSON.stringify(await chart.render({ sets: ['metrics.certificateSecret='] }));
    expect(said).toContain('--secure-metrics=true');
    expect(said).not.toContain('metrics-cert');
  });

  it('takes an image by digest, whatever its tag', async () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const rendered = await chart.render({
      sets: [`image.digest=${digest}`, 'image.repository=registry.example:5000/aso:v9'],
    });
    expect(at(container(rendered), 'image')).toBe(`registry.example:5000/aso@${digest}`);
  });

  it('gives a proxy to the process, lets its port out, and mounts a private CA', async () => {
    const rendered = await chart.render({
      sets: ['proxy.https=http://egress.example:3128', 'proxy.noProxy=.svc', 'extraCA.configMap=corporate'],
    });
    expect([env(rendered, 'HTTPS_PROXY'), env(rendered, 'NO_PROXY'), env(rendered, 'NODE_EXTRA_CA_CERTS')]).toEqual([
      'http://egress.example:3128',
      '.svc',
      '/var/run/secrets/extra-ca/ca.crt',
    ]);
    expect(JSON.stringify(rendered.all('NetworkPolicy'))).toContain('"port":3128');
    expect(JSON.stringify(at(rendered.one('Deployment'), 'spec', 'template', 'spec', 'volumes'))).toContain(
      '"corporate"',
    );
  });

  it('extra labels are on every object and on the pods, and not in the selector', async () => {
    const rendered = await chart.render({ sets: ['commonLabels.team=platform'] });
    expect(rendered.objects.filter((object) => at(object, 'metadata', 'labels', 'team') !== 'platform')).toEqual([]);
    expect(at(rendered.one('Deployment'), 'spec', 'template', 'metadata', 'labels', 'team')).toBe('platform');
    expect(at(rendered.one('Deployment'), 'spec', 'selector', 'matchLabels')).toEqual({
      'control-plane': 'controller-manager',
    });
  });

  it('new settings make new pods', async () => {
    const checksum = async (sets: readonly string[]): Promise<unknown> =>
      at((await chart.render({ sets })).one('Deployment'), 'spec', 'template', 'metadata', 'annotations');
    expect(await checksum(['azureSyncPeriod=1h'])).not.toEqual(await checksum(['azureSyncPeriod=2h']));
  });
});
