// The chart on a real API server: upgraded to from the original's objects, its pod run with the rendered rights and nothing more.

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get as httpsGet } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { CRDS_PATH } from '../../src/crds/crd.ts';
import { refusalOf } from '../../src/kube/refusal.ts';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import { CHART } from '../../tools/chart/files.ts';
import { type Doc, platformDocs } from '../../tools/demo/documents.ts';
import { OPERATOR_NAMESPACE } from '../../tools/platform.ts';
import { projectCrds } from '../../tools/prepare.ts';
import { notePrinted } from '../../tools/test-record.ts';
import { type Rule, rightsOf, rightsUsed } from '../support/audit.ts';
import { ORIGINAL_VALUES } from '../support/chart.ts';
import { connectProxy } from '../support/connect-proxy.ts';
import { type Installation, installation, NAME_OF_AZURE } from '../support/installation.ts';
import { originalCrd } from '../support/original.ts';
import type { Pod } from '../support/pod.ts';

/** Kinds of the demo, as --crd-pattern names them. */
const KINDS = [...new Set(platformDocs().map((doc) => `${doc.apiVersion.replace(/\/.*/, '')}/${doc.kind}`))];
const OLD_CRD = 'namespaces.eventhub.azure.com';
const NEVER = new AbortController().signal;

let at: Installation;
let pod: Pod;
beforeAll(async () => {
  at = await installation();
});
afterAll(async () => {
  await at?.stop();
});

const membersOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
const docs = platformDocs();
const docNamed = (name: string): Doc => {
  const found = docs.find((doc) => doc.metadata.name === name);
  if (found === undefined) throw new Error(`the demo has no ${name}`);
  return found;
};
/** The document with other members in its spec. */
const edited = (doc: Doc, spec: JsonObject): Doc => ({ ...doc, spec: { ...membersOf(doc.spec), ...spec } });
const puts = (): number => at.emulator.journal().filter((entry) => entry.method === 'PUT').length;
const create = async (path: string, body: JsonObject): Promise<void> => {
  const answer = await at.cluster.kube.send({ verb: 'POST', path, body }, NEVER);
  if (answer.status !== 201) throw new Error(`${path} was refused: ${refusalOf(answer)}`);
};

describe('coming from the original', () => {
  it('an upgrade of its release keeps what has the same name and takes away webhooks', async () => {
    const original = mkdtempSync(join(tmpdir(), 'aso-original-'));
    try {
      originalChart(original);
      const inNamespace = ['--namespace', OPERATOR_NAMESPACE];
      await at.helm(
        'upgrade',
        '--install',
        'aso',
        original,
        ...inNamespace,
        '--create-namespace',
        '--set',
        'podLabels.kept=yes',
      );
      const before = await at.get(deploymentPath);
      await create(CRDS_PATH, storedInOldVersion());
      // The old chart's defaults, its image among them, would take the place of this chart's.
      await expect(at.helm('upgrade', 'aso', CHART, ...inNamespace, '--reuse-values')).rejects.toThrow(
        "missing properties 'logVerbosity'",
      );
      const values = [`crdPattern={${KINDS.join()}}`, 'commonLabels.team=platform'];
      await at.installed(values, OPERATOR_NAMESPACE, ['--reset-then-reuse-values']);
      const after = await at.get(deploymentPath);
      expect(JSON.stringify(after)).toContain('"kept":"yes"');
      expect(membersOf(after?.metadata).uid).toBe(membersOf(before?.metadata).uid);
      expect(
        await at.get(
          '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/azureserviceoperator-storage-vwh',
        ),
      ).toBeUndefined();
      expect(
        await at.get(`/api/v1/namespaces/${OPERATOR_NAMESPACE}/services/azureserviceoperator-webhook-service`),
      ).toBeUndefined();
    } finally {
      rmSync(original, { recursive: true });
    }
  });
});

describe('the pod as the Deployment says', () => {
  it('is ready soon, from the folder of the image, with nothing else around it', async () => {
    const begun = performance.now();
    pod = await at.pod();
    const seconds = (performance.now() - begun) / 1000;
    console.log(
      `image: ${(at.image.ownBytes / 2 ** 20).toFixed(1)} MiB of our own, ${(at.image.bytes / 2 ** 20).toFixed(1)} MiB with Node; ready after ${seconds.toFixed(2)} s`,
    );
    expect(seconds).toBeLessThan(30);
  });

  it("does the demo's work with its ServiceAccount's rights", async () => {
    await at.namespace('demo');
    await create('/api/v1/namespaces/demo/secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'demo-postgres-admin' },
      stringData: { password: crypto.randomUUID() },
    });
    // The operator installs the CRDs; nobody can apply an object before.
    await at.until(
      async () => (await Promise.all(docs.map((doc) => at.isServed(doc)))).every((isServed) => isServed),
      'the CRDs to be installed by the operator',
    );
    await at.applied('demo', ...docs);
    await at.eventuallyReady('demo', ...docs);
    const before = puts();
    const exportsMore = {
      secrets: { key1: { name: 'demo-storage', key: 'key1' }, key2: { name: 'demo-storage', key: 'key2' } },
    };
    await at.applied('demo', edited(docNamed('demostorageaccount'), { accessTier: 'Cool', operatorSpec: exportsMore }));
    await at.until(() => puts() > before, 'the edit to be sent');
    const keys = async (kind: string, name: string): Promise<readonly string[]> =>
      Object.keys(membersOf((await at.get(`/api/v1/namespaces/demo/${kind}/${name}`))?.data)).sort();
    await at.until(async () => (await keys('secrets', 'demo-storage')).join() === 'key1,key2', 'key2 to be exported');
    const exportsLess = { configMaps: { principalId: { name: 'demo-identity', key: 'principalId' } } };
    await at.applied('demo', edited(docNamed('demo-identity'), { operatorSpec: exportsLess }));
    await at.until(
      async () => (await keys('configmaps', 'demo-identity')).join() === 'principalId',
      'the ConfigMap to follow',
    );
    const events = async (): Promise<unknown> => membersOf(await at.get('/api/v1/namespaces/demo/events')).items;
    await at.until(async () => JSON.stringify(await events()).includes('BeginCreateOrUpdate'), 'an event');
    const container = docNamed('demo-container');
    await at.deleted('demo', container);
    await at.until(async () => (await at.object('demo', container)) === undefined, 'the container to be gone');
  });

  it.runIf(process.platform === 'linux')('has needed little memory for it', () => {
    console.log(`memory: ${pod.peakMb().toFixed(0)} MB at most`);
    // 110 are usual, and some 155 when the bundle carries all that its packages bring, or the C library keeps what parsing it took.
    expect(pod.peakMb()).toBeLessThan(135);
  });

  it('drops the old storage version that the original left', async () => {
    const { spec } = storedInOldVersion();
    const old = (membersOf(spec).versions as readonly JsonObject[]).find(({ storage }) => storage === true)?.name;
    const stored = async (): Promise<string> =>
      JSON.stringify(membersOf((await at.get(`${CRDS_PATH}/${OLD_CRD}`))?.status).storedVersions);
    await at.until(async () => !(await stored()).includes(String(old)), `${old} to be dropped`);
  });

  it('serves metrics to whom the API server lets see them, and to nobody else', async () => {
    const [accounts, rbac] = ['/api/v1/namespaces/demo/serviceaccounts', '/apis/rbac.authorization.k8s.io/v1'];
    for (const name of ['prometheus', 'guest'])
      await create(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
    await create(`${rbac}/clusterroles`, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'scrape' },
      rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }],
    });
    await create(`${rbac}/clusterrolebindings`, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'scrape' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'scrape' },
      subjects: [{ kind: 'ServiceAccount', name: 'prometheus', namespace: 'demo' }],
    });
    expect((await scrape(undefined)).status).toBe(401);
    expect((await scrape('no-token')).status).toBe(401);
    expect((await scrape(await at.token('demo', 'guest'))).status).toBe(403);
    const prometheus = await at.token('demo', 'prometheus');
    // The API server hears of a binding a moment after it was made, and the operator keeps a no for a while.
    await at.until(() => mayScrape('system:serviceaccount:demo:prometheus'), 'the right to see metrics to take effect');
    const scraped = await scrape(prometheus);
    expect(scraped.status).toBe(200);
    expect(scraped.text).toContain(
      'controller_runtime_reconcile_total{controller="storage_storageaccount",result="success"}',
    );
  });

  it('a second replica waits, and takes over at once when the first one ends', async () => {
    const second = await at.pod();
    const account = docNamed('demostorageaccount');
    const before = puts();
    expect(await pod.stop()).toBe(0);
    await at.applied('demo', edited(account, { accessTier: 'Hot' }));
    await at.until(() => puts() > before, 'the second replica to send the edit');
    await at.eventuallyReady('demo', account);
    pod = second;
  });

  it('asked the API server for nothing that its roles do not allow, and every right of its roles was used or is needed rarely', async () => {
    expect(await pod.stop()).toBe(0);
    const asked = at.audit.askedBy(pod.user);
    expect(
      asked
        .filter((request) => request.isForbidden)
        .map(({ verb, group, resource, namespace }) => `${verb} ${group}/${resource} in '${namespace}'`),
    ).toEqual([]);
    const used = rightsUsed(asked);
    const unused = [...rightsOf(await boundRules())].filter((right) => !used.has(right) && !(right in RARE)).sort();
    expect(unused).toEqual([]);
    const given = rightsOf(await boundRules());
    expect(Object.keys(RARE).filter((right) => !given.has(right))).toEqual([]);
  });
});

describe('uninstalling', () => {
  it('leaves objects, their CRDs and everything in Azure; installed again, nothing is sent', async () => {
    await at.helm('uninstall', 'aso', '--namespace', OPERATOR_NAMESPACE);
    expect(await at.get(deploymentPath)).toBeUndefined();
    const account = docNamed('demostorageaccount');
    expect(membersOf((await at.object('demo', account))?.metadata).finalizers).toEqual([
      'serviceoperator.azure.com/finalizer',
    ]);
    const before = at.emulator.journal().length;
    await at.installed(['installCRDs=false', 'azureTargetNamespaces={demo,other}', 'metrics.enable=false']);
    pod = await at.pod();
    const begun = puts();
    await at.applied('demo', edited(docNamed('demo-vnet'), { tags: { again: 'yes' } }));
    await at.until(() => puts() > begun, 'an edit to be sent by the new installation');
    const sent = at.emulator
      .journal()
      .slice(before)
      .filter((entry) => entry.method === 'PUT');
    expect(sent.map((entry) => entry.url.replace(/.*virtualNetworks/, 'virtualNetworks').replace(/\?.*/, ''))).toEqual([
      'virtualNetworks/demo-vnet',
    ]);
  });
});

describe('several operators', () => {
  it('with other target namespaces work side by side, and neither reads what is not its own', async () => {
    for (const name of ['other', 'tenant']) await at.namespace(name);
    await at.installed(
      ['multitenant.enable=true', 'azureOperatorMode=watchers', 'installCRDs=false', 'azureTargetNamespaces={tenant}'],
      'tenant1-system',
    );
    const tenant = await at.pod('tenant1-system');
    const rg = (name: string): Doc => ({ ...docNamed('demo-rg'), metadata: { name } });
    await at.applied('other', rg('other-rg'));
    await at.applied('tenant', rg('tenant-rg'));
    await at.eventuallyReady('other', rg('other-rg'));
    await at.eventuallyReady('tenant', rg('tenant-rg'));
    const claimedBy = async (namespace: string, name: string): Promise<unknown> =>
      membersOf(membersOf((await at.object(namespace, rg(name)))?.metadata).annotations)[
        'serviceoperator.azure.com/operator-namespace'
      ];
    expect([await claimedBy('other', 'other-rg'), await claimedBy('tenant', 'tenant-rg')]).toEqual([
      OPERATOR_NAMESPACE,
      'tenant1-system',
    ]);
    const asked = at.audit
      .askedBy(tenant.user)
      .filter(({ group, namespace }) => group.endsWith('.azure.com') && namespace !== 'tenant');
    expect(asked.map(({ verb, resource, namespace }) => `${verb} ${resource} in '${namespace}'`)).toEqual([]);
    expect(await pod.stop()).toBe(0);

    // The cluster's part in the original's mode `webhooks`: it keeps CRDs, and objects are left to the tenants.
    const before = at.audit.askedBy(pod.user).length;
    await at.installed(['multitenant.enable=true', 'azureOperatorMode=webhooks', `crdPattern={${KINDS.join()}}`]);
    pod = await at.pod();
    await at.until(() => pod.log().includes('passes begin'), 'the cluster part to hold the Lease');
    await at.applied('tenant', rg('second-rg'));
    await at.eventuallyReady('tenant', rg('second-rg'));
    expect(await claimedBy('tenant', 'second-rg')).toBe('tenant1-system');
    const touched = at.audit.askedBy(pod.user).slice(before);
    expect(touched.length).toBeGreaterThan(0);
    expect(touched.filter(({ group }) => group.endsWith('.azure.com'))).toEqual([]);
    await tenant.stop();
  });
});

describe('an operator behind a proxy', () => {
  it('does its work through the tunnels of the proxy alone, trusting the private authority, and asks the API server directly', async () => {
    const proxy = await connectProxy(Number(new URL(at.emulator.endpoint).port));
    try {
      await at.namespace('proxied');
      const azure = ['azureAuthorityHost', 'azureResourceManagerEndpoint', 'azureResourceManagerAudience'];
      await at.installed(
        [
          ...azure.map((name) => `${name}=https://${NAME_OF_AZURE}`),
          `proxy.https=${proxy.url.replace('://', '://me:hush@')}`,
          'proxy.noProxy=.svc\\,10.0.0.0/8',
          'azureTargetNamespaces={proxied}',
          'multitenant.enable=true',
          'azureOperatorMode=watchers',
        ],
        'proxied-system',
      );
      const proxied = await at.pod('proxied-system');
      const rg: Doc = { ...docNamed('demo-rg'), metadata: { name: 'proxied-rg' } };
      await at.applied('proxied', rg);
      await at.eventuallyReady('proxied', rg);
      expect(new Set(proxy.tunnels)).toEqual(new Set([`${NAME_OF_AZURE}:443`]));
      expect(new Set(proxy.logins)).toEqual(new Set(['me:hush']));
      expect(proxied.log()).not.toContain('hush');
      expect(await proxied.stop()).toBe(0);
    } finally {
      await proxy.stop();
    }
  });
});

describe('an operator without rights in the cluster as a whole', () => {
  it('works in its namespaces by their policies, and knows the kinds it ships', async () => {
    await at.namespace('narrow');
    await create('/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'quiet', annotations: { 'serviceoperator.azure.com/reconcile-policy': 'skip' } },
    });
    await at.installed(
      [
        'rbac.scope=namespaces',
        'azureTargetNamespaces={narrow,quiet}',
        'metrics.enable=false',
        'multitenant.enable=true',
        'azureOperatorMode=watchers',
      ],
      'narrow-system',
    );
    const narrow = await at.pod('narrow-system');
    const rg: Doc = { ...docNamed('demo-rg'), metadata: { name: 'narrow-rg' } };
    const account: Doc = edited(
      { ...docNamed('demostorageaccount'), metadata: { name: 'narrowaccount' } },
      { owner: { name: 'narrow-rg' } },
    );
    await at.applied('narrow', rg, account);
    await at.eventuallyReady('narrow', rg, account);
    expect(membersOf((await at.object('narrow', account))?.status)).toHaveProperty('primaryEndpoints');
    const skipped: Doc = { ...rg, metadata: { name: 'quiet-rg' } };
    await at.applied('quiet', skipped);
    await at.until(
      async () => JSON.stringify((await at.object('quiet', skipped))?.status ?? {}).includes('AzureResourceNotFound'),
      'the object in the skipped namespace to be looked for in Azure, and not made',
    );
    const refused = at.audit.askedBy(narrow.user).filter((request) => request.isForbidden);
    // It tries the two that tell most, once.
    expect([...new Set(refused.map(({ verb, resource }) => `${verb} ${resource}`))].sort()).toEqual([
      'get customresourcedefinitions',
      'watch customresourcedefinitions',
      'watch namespaces',
    ]);
    const elsewhere = at.audit
      .askedBy(narrow.user)
      .filter((request) => !request.isForbidden && !['narrow', 'quiet', 'narrow-system'].includes(request.namespace));
    expect(elsewhere.map(({ verb, resource, namespace }) => `${verb} ${resource} in '${namespace}'`)).toEqual([]);
    await narrow.stop();
  });
});

describe('what a cluster may demand', () => {
  it('pods are accepted where the Pod Security Standard `restricted` is enforced', async () => {
    await at.namespace('restricted', { 'pod-security.kubernetes.io/enforce': 'restricted' });
    const deployment = await at.get(deploymentPath);
    const template = membersOf(membersOf(deployment?.spec).template);
    const dryRun = (spec: JsonObject): Promise<number> =>
      at.cluster.kube
        .send(
          {
            verb: 'POST',
            path: '/api/v1/namespaces/restricted/pods',
            query: { dryRun: 'All' },
            body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'manager' }, spec },
          },
          NEVER,
        )
        .then((answer) => answer.status);
    const spec = membersOf(template.spec);
    expect(await dryRun(spec)).toBe(201);
    const [container] = spec.containers as readonly JsonObject[];
    // The standard is on: the same pod as root is refused.
    expect(await dryRun({ ...spec, containers: [{ ...container, securityContext: { runAsUser: 0 } }] })).toBe(403);
  });
});

const PAGES = 'where the API server has no streaming lists (Kubernetes below 1.34), or one hangs';

/** Rights that this story does not use, and when they are. */
const RARE: Readonly<Record<string, string>> = {
  'create apiextensions.k8s.io/customresourcedefinitions':
    'a server-side apply of what does not exist asks for it, but is logged as a patch',
  'list apiextensions.k8s.io/customresourcedefinitions': PAGES,
  'list configmaps': PAGES,
  'list kinds': PAGES,
  'list namespaces': PAGES,
  'list secrets': PAGES,
  'delete kinds': 'asked of us by OwnerReferencesPermissionEnforcement, which is on here, without a request of ours',
};

const deploymentPath = `/apis/apps/v1/namespaces/${OPERATOR_NAMESPACE}/deployments/azureserviceoperator-controller-manager`;

function scrape(token: string | undefined): Promise<{ readonly status: number | undefined; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    // The certificate was made on the spot: nobody can know its issuer.
    httpsGet(`https://${pod.metrics}/metrics`, { rejectUnauthorized: false, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        notePrinted('metrics', text);
        resolve({ status: response.statusCode, text });
      });
    }).on('error', reject);
  });
}

async function mayScrape(user: string): Promise<boolean> {
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  const spec = { user, nonResourceAttributes: { path: '/metrics', verb: 'get' } };
  const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
  const answer = await at.cluster.kube.send({ verb: 'POST', path, body }, NEVER);
  return membersOf(membersOf(answer.body).status).allowed === true;
}

/** Rules of all roles that are bound to the pod's ServiceAccount. */
async function boundRules(): Promise<readonly Rule[]> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const rules: Rule[] = [];
  const collect = async (bindings: string, roleOf: (name: string) => string): Promise<void> => {
    const items = membersOf(await at.get(bindings)).items;
    for (const binding of (Array.isArray(items) ? items : []).filter(isObject)) {
      const subjects = Array.isArray(binding.subjects) ? binding.subjects : [];
      if (!subjects.some((subject) => isObject(subject) && subject.name === 'azureserviceoperator-default')) continue;
      const role = membersOf(binding.roleRef);
      const path = role.kind === 'ClusterRole' ? `${rbac}/clusterroles/${role.name}` : roleOf(String(role.name));
      // RBAC's own objects.
      rules.push(...((membersOf(await at.get(path)).rules ?? []) as unknown as readonly Rule[]));
    }
  };
  await collect(`${rbac}/clusterrolebindings`, () => '');
  await collect(
    `${rbac}/namespaces/${OPERATOR_NAMESPACE}/rolebindings`,
    (name) => `${rbac}/namespaces/${OPERATOR_NAMESPACE}/roles/${name}`,
  );
  return rules;
}

/** A CRD as the original has it before its hub moved: our storage version is not the one that objects are stored in. */
function storedInOldVersion(): JsonObject {
  const shipped = projectCrds(new Set(['eventhub'])).find(({ metadata }) => membersOf(metadata).name === OLD_CRD) ?? {};
  const [oldest] = membersOf(shipped.spec).versions as readonly JsonObject[];
  return originalCrd(shipped, `${String(oldest?.name)}storage`);
}

/** A release with the original's names: what an upgrade finds. */
function originalChart(folder: string): void {
  mkdirSync(join(folder, 'templates'));
  copyFileSync(ORIGINAL_VALUES, join(folder, 'values.yaml'));
  const labels = { 'app.kubernetes.io/name': 'azure-service-operator', 'app.kubernetes.io/version': 'v2.20.0' };
  const named = (kind: string, apiVersion: string, name: string, rest: JsonObject): JsonObject => ({
    apiVersion,
    kind,
    metadata: { name, labels },
    ...rest,
  });
  const role = (name: string, kind: 'ClusterRole' | 'Role'): JsonObject =>
    named(kind, 'rbac.authorization.k8s.io/v1', `azureserviceoperator-${name}-role`, {
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    });
  const binding = (name: string, kind: 'ClusterRole' | 'Role'): JsonObject =>
    named(`${kind}Binding`, 'rbac.authorization.k8s.io/v1', `azureserviceoperator-${name}-rolebinding`, {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: `azureserviceoperator-${name}-role` },
      subjects: [{ kind: 'ServiceAccount', name: 'azureserviceoperator-default', namespace: OPERATOR_NAMESPACE }],
    });
  const pods = { 'control-plane': 'controller-manager' };
  const objects: readonly JsonObject[] = [
    named('ServiceAccount', 'v1', 'azureserviceoperator-default', {}),
    named('Secret', 'v1', 'aso-controller-settings', { data: { AZURE_CLIENT_ID: '' } }),
    ...['manager', 'crd-manager', 'crd-reader'].flatMap((name) => [
      role(name, 'ClusterRole'),
      binding(name, 'ClusterRole'),
    ]),
    role('leader-election', 'Role'),
    binding('leader-election', 'Role'),
    named('Service', 'v1', 'azureserviceoperator-webhook-service', {
      spec: { ports: [{ port: 443, targetPort: 9443 }], selector: pods },
    }),
    named('Service', 'v1', 'azureserviceoperator-controller-manager-metrics-service', {
      spec: { ports: [{ name: 'metrics', port: 8443, targetPort: 'metrics-port' }], selector: pods },
    }),
    named('ValidatingWebhookConfiguration', 'admissionregistration.k8s.io/v1', 'azureserviceoperator-storage-vwh', {
      webhooks: [
        {
          name: 'validate.v20250601.storageaccounts.storage.azure.com',
          clientConfig: { service: { name: 'azureserviceoperator-webhook-service', namespace: OPERATOR_NAMESPACE } },
          rules: [
            {
              apiGroups: ['storage.azure.com'],
              apiVersions: ['*'],
              operations: ['CREATE'],
              resources: ['storageaccounts'],
            },
          ],
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
        },
      ],
    }),
    named('PodDisruptionBudget', 'policy/v1', 'azureserviceoperator-pdb', {
      spec: { minAvailable: '50%', selector: { matchLabels: pods } },
    }),
    named('Deployment', 'apps/v1', 'azureserviceoperator-controller-manager', {
      spec: {
        replicas: 2,
        strategy: { type: 'Recreate' },
        selector: { matchLabels: pods },
        template: {
          metadata: { labels: { ...labels, ...pods } },
          spec: {
            serviceAccountName: 'azureserviceoperator-default',
            containers: [{ name: 'manager', image: 'original:v2.20.0', args: ['--webhook-port=9443'] }],
          },
        },
      },
    }),
  ];
  writeFileSync(
    join(folder, 'Chart.yaml'),
    stringify({ apiVersion: 'v2', name: 'azure-service-operator', version: '2.20.0' }),
  );
  writeFileSync(join(folder, 'templates', 'all.yaml'), objects.map((object) => stringify(object)).join('---\n'));
}
