// An installation for real: kube-apiserver with an audit log, the emulator as Azure, Helm, and the operator run from the folder that the
// image is made of, as the Deployment says. What a platform team has, without a kubelet.

import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Emulator, startEmulator } from '../../src/emulator/server.ts';
import { pluralOf } from '../../src/generate/naming.ts';
import { refusalOf } from '../../src/kube/refusal.ts';
import { makeCertificate } from '../../src/values/certificate.ts';
import { isObject, type JsonObject } from '../../src/values/json.ts';
import { CHART } from '../../tools/chart/files.ts';
import type { Doc } from '../../tools/demo/documents.ts';
import { findHelm } from '../../tools/go-programs.ts';
import { makeImage, NODE_IN_IMAGE } from '../../tools/image.ts';
import { apply, type Cluster, OPERATOR_NAMESPACE, startCluster, until } from '../../tools/platform.ts';
import { changesNoted } from '../../tools/test-record.ts';
import { type Audit, auditIn } from './audit.ts';
import { type Pod, runPod, tokenOf } from './pod.ts';

const NEVER = new AbortController().signal;
const DEADLINE_MS = 120_000;
/** A name that no DNS knows: only a proxy leads there. */
export const NAME_OF_AZURE = 'azure.test';
const DEPLOYMENT = 'azureserviceoperator-controller-manager';

export interface Installation {
  readonly cluster: Cluster;
  readonly emulator: Emulator;
  readonly audit: Audit;
  /** Bytes of the image's folder, without and with Node. */
  readonly image: { readonly root: string; readonly ownBytes: number; readonly bytes: number };
  readonly helm: (...args: readonly string[]) => Promise<string>;
  /** `helm upgrade --install` of the chart into a namespace, with what the emulator needs and these values. */
  readonly installed: (values: readonly string[], namespace?: string, flags?: readonly string[]) => Promise<void>;
  /** Starts the pod of the release's Deployment. */
  readonly pod: (namespace?: string, env?: Readonly<Record<string, string>>) => Promise<Pod>;
  readonly namespace: (name: string, labels?: JsonObject) => Promise<void>;
  readonly get: (path: string) => Promise<JsonObject | undefined>;
  /** The API server has the CRD of the document's kind. */
  readonly isServed: (doc: Doc) => Promise<boolean>;
  readonly applied: (namespace: string, ...docs: readonly Doc[]) => Promise<void>;
  readonly object: (namespace: string, doc: Doc) => Promise<JsonObject | undefined>;
  readonly eventuallyReady: (namespace: string, ...docs: readonly Doc[]) => Promise<void>;
  readonly deleted: (namespace: string, doc: Doc) => Promise<void>;
  /** A token of a ServiceAccount. */
  readonly token: (namespace: string, account: string) => Promise<string>;
  readonly until: (isSo: () => Promise<boolean> | boolean, what: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function installation(): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), 'aso-chart-'));
  const root = join(folder, 'image');
  const image = { root, ...(await makeImage({ out: root, hasNode: true })) };
  const audit = auditIn(folder);
  const helmPath = await findHelm({ say: (line) => console.error(line), signal: NEVER });
  const cluster = await startCluster(() => undefined, NEVER, audit.flags);
  // Operations outlast the first look, so that events tell of them.
  const certificate = await makeCertificate({
    now: Date.now(),
    days: 1,
    issuer: 'Azure emulator CA',
    dnsNames: ['localhost', NAME_OF_AZURE],
    ipAddresses: ['127.0.0.1'],
  });
  const emulator = await startEmulator({ operationMs: 3_000, limits: 'off', certificate });
  const pods: Pod[] = [];

  const helm = async (...args: readonly string[]): Promise<string> => {
    const env = { ...process.env, KUBECONFIG: cluster.plane.kubeconfigPath, HELM_CACHE_HOME: join(folder, 'helm') };
    const { stdout } = await promisify(execFile)(helmPath, args, { env, maxBuffer: 1 << 24 });
    return stdout;
  };
  const get = async (path: string): Promise<JsonObject | undefined> => {
    const answer = await cluster.kube.send({ verb: 'GET', path }, NEVER);
    return answer.status === 200 && isObject(answer.body) ? answer.body : undefined;
  };
  const put = async (path: string, object: JsonObject): Promise<void> => {
    const answer = await apply(cluster.kube, path, object);
    if (answer.status >= 300) throw new Error(`${path} was refused: ${refusalOf(answer)}`);
  };
  const pathOf = (namespace: string, doc: Doc): string =>
    `/apis/${doc.apiVersion}/namespaces/${namespace}/${pluralOf(doc.kind)}/${doc.metadata.name}`;
  const wait = (isSo: () => Promise<boolean> | boolean, what: () => string): Promise<void> =>
    until(isSo, { timeoutMs: DEADLINE_MS, everyMs: 100, what }).catch((error: unknown) => {
      const said = pods.map((pod) => pod.log().split('\n').slice(-10).join('\n')).join('\n---\n');
      throw new Error(`${error instanceof Error ? error.message : error}\n${said}`);
    });
  const noteStatus = changesNoted('statuses');
  const object = async (namespace: string, doc: Doc): Promise<JsonObject | undefined> => {
    const path = pathOf(namespace, doc);
    const held = await get(path);
    noteStatus(path, JSON.stringify(held?.status));
    return held;
  };

  return {
    cluster,
    emulator,
    audit,
    image,
    helm,
    get,
    object,
    installed: async (values, namespace = OPERATOR_NAMESPACE, flags = []) => {
      await put(`/api/v1/namespaces/${namespace}`, namespaceObject(namespace));
      await put(`/api/v1/namespaces/${namespace}/configmaps/emulator-ca`, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'emulator-ca' },
        data: { 'ca.crt': emulator.caPem },
      });
      const [client] = emulator.settings.clients;
      const sets = [
        `azureSubscriptionID=${emulator.settings.subscriptionIds[0]}`,
        `azureTenantID=${emulator.settings.tenantId}`,
        `azureClientID=${client?.clientId}`,
        `azureClientSecret=${client?.clientSecret}`,
        `azureAuthorityHost=${emulator.endpoint}`,
        `azureResourceManagerEndpoint=${emulator.endpoint}`,
        `azureResourceManagerAudience=${emulator.endpoint}`,
        'extraCA.configMap=emulator-ca',
        ...values,
      ].flatMap((value) => ['--set', value]);
      await helm('upgrade', '--install', 'aso', CHART, '--namespace', namespace, ...flags, ...sets);
    },
    pod: async (namespace = OPERATOR_NAMESPACE, env = {}) => {
      const deployment = await get(`/apis/apps/v1/namespaces/${namespace}/deployments/${DEPLOYMENT}`);
      if (deployment === undefined) throw new Error(`there is no Deployment ${DEPLOYMENT} in ${namespace}`);
      const entryPoint = [join(root, NODE_IN_IMAGE), '--optimize-for-size', join(root, 'aso-controller')] as const;
      const pod = await runPod({ cluster, deployment, entryPoint: [...entryPoint], root, env });
      pods.push(pod);
      return pod;
    },
    namespace: (name, labels = {}) => put(`/api/v1/namespaces/${name}`, namespaceObject(name, labels)),
    isServed: async (doc) => (await get(`/apis/${doc.apiVersion}/${pluralOf(doc.kind)}`)) !== undefined,
    applied: async (namespace, ...docs) => {
      for (const doc of docs) await put(pathOf(namespace, doc), { ...doc, metadata: { ...doc.metadata, namespace } });
    },
    eventuallyReady: async (namespace, ...docs) => {
      const late = new Map<string, string>();
      await wait(
        async () => {
          late.clear();
          for (const doc of docs) {
            const ready = readyOf(await object(namespace, doc));
            if (ready?.status !== 'True')
              late.set(`${doc.kind} ${doc.metadata.name}`, `${ready?.reason}: ${ready?.message}`);
          }
          return late.size === 0;
        },
        () => `these to be Ready: ${JSON.stringify(Object.fromEntries(late))}`,
      );
    },
    deleted: async (namespace, doc) => {
      await cluster.kube.send({ verb: 'DELETE', path: pathOf(namespace, doc) }, NEVER);
    },
    token: (namespace, account) => tokenOf(cluster, { namespace, account }),
    until: (isSo, what) => wait(isSo, () => what),
    stop: async () => {
      await Promise.all(pods.map((pod) => pod.stop()));
      await emulator.stop();
      await cluster.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function namespaceObject(name: string, labels: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
}

function readyOf(object: JsonObject | undefined): JsonObject | undefined {
  const status = isObject(object?.status) ? object.status : {};
  const conditions = Array.isArray(status.conditions) ? status.conditions : [];
  return conditions.filter(isObject).find((condition) => condition.type === 'Ready');
}
