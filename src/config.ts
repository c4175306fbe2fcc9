// Flags and environment, read once into one frozen Config. The only file that looks at the process's environment.
// Source of names, defaults and oddities: contract sections 5 and 5.1. A bad setting ends the start, and all of them are told at once.

import { z } from 'zod';
import * as as from './config-fields.ts';
import { type FlagTable, readFlags } from './config-flags.ts';
import { remarksOn } from './config-remarks.ts';
import { VERSION_CHOICES, type VersionChoice } from './crds/versions.ts';
import type { Cloud } from './identity/credential.ts';
import { type ProxySettings, proxySettings } from './values/proxy.ts';
import { Secret } from './values/secret.ts';

/** The settings cannot be used (`config`), or the usage text was asked for (`help`); `message` is for the person who starts the process. */
export class ConfigError extends Error {
  readonly code: 'config' | 'help';

  constructor(code: ConfigError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const HOUR_MS = 3_600_000;
const MODES = ['watchers-and-webhooks', 'watchers', 'webhooks'] as const;

const FLAGS: FlagTable = {
  'metrics-addr': ['address of the metrics endpoint, 0 for none', 'value'],
  'secure-metrics': ['serve metrics over HTTPS to authorized callers only', 'switch'],
  'profiling-metrics': ['serve profiles beside secure metrics', 'switch'],
  'metrics-cert-dir': ['folder of the metrics certificate', 'value'],
  'health-addr': ['address of the probes', 'value'],
  'webhook-port': ['accepted; there are no webhooks', 'value'],
  'webhook-cert-dir': ['accepted; there are no webhooks', 'value'],
  'enable-leader-election': ['act only while holding the lease', 'switch'],
  'crd-management': ['auto or none', 'value'],
  'crd-pattern': ["CRDs to install, as '<group>/<Kind>' with wildcards, separated by ';'", 'value'],
  'crd-versions': ['which versions of a kind to serve: all, stable or newest (also CRD_VERSIONS)', 'value'],
  'crd-labels': ["labels for installed CRDs, as 'key=value', separated by ','", 'value'],
  'json-logging': ['log lines as JSON', 'switch'],
  v: ['how much to log: 0 errors, 1 warnings, 2 information, 3 everything (also --verbose)', 'value'],
  'tls-min-version': ['VersionTLS12 or VersionTLS13', 'value'],
};

const flagFields = z.object({
  'metrics-addr': as.address(),
  'secure-metrics': as.boolean(true),
  'profiling-metrics': as.boolean(false),
  'metrics-cert-dir': as.text(),
  'health-addr': as.address(),
  'webhook-port': as.integer({ min: 0, max: 65_535, fallback: 9443 }),
  'webhook-cert-dir': as.text(),
  'enable-leader-election': as.boolean(false),
  'crd-management': as.word(['auto', 'none'], 'auto'),
  'crd-pattern': as.text(),
  'crd-versions': as.word(['', ...VERSION_CHOICES], ''),
  'crd-labels': as.labels(),
  'json-logging': as.boolean(false),
  v: as.integer({ min: 0, fallback: 2 }),
  'tls-min-version': as.word(['VersionTLS12', 'VersionTLS13'], 'VersionTLS12'),
});

const environmentFields = z
  .object({
    POD_NAMESPACE: as.required("the operator's own namespace (the chart sets it from the pod)"),
    AZURE_OPERATOR_MODE: as.anyCaseWord(MODES, 'watchers-and-webhooks'),
    AZURE_TARGET_NAMESPACES: as.list(','),
    AZURE_SYNC_PERIOD: as.period(HOUR_MS),
    AZURE_SYNC_MODE: as.word(['put', 'diff'], 'put'),
    DEFAULT_RECONCILE_POLICY: as.word(['manage', 'skip', 'detach-on-delete'], 'manage'),
    MAX_CONCURRENT_RECONCILES: as.integer({ min: 1, fallback: undefined }),
    RATE_LIMIT_MODE: as.word(['disabled', 'bucket'], 'disabled'),
    RATE_LIMIT_QPS: as.positive(5),
    RATE_LIMIT_BUCKET_SIZE: as.integer({ min: 1, fallback: 100 }),
    AZURE_USER_AGENT_SUFFIX: as.text(),
    USE_WORKLOAD_IDENTITY_AUTH: as.lenientBoolean(),
    ALLOW_MULTI_ENV_MANAGEMENT: as.lenientBoolean(),
    AZURE_WORKLOAD_IDENTITY_AUTH_MODE: as.word(['relaxed', 'strict'], 'relaxed'),
    AZURE_AUTHORITY_HOST: as.httpsUrl('https://login.microsoftonline.com/'),
    AZURE_RESOURCE_MANAGER_ENDPOINT: as.httpsUrl('https://management.azure.com'),
    AZURE_RESOURCE_MANAGER_AUDIENCE: as.text('https://management.core.windows.net/'),
    AZURE_GRAPH_ENDPOINT: as.httpsUrl(''),
    AZURE_FEDERATED_TOKEN_FILE: as.text('/var/run/secrets/tokens/azure-identity'),
    HTTPS_PROXY: as.proxyUrl(),
    https_proxy: as.proxyUrl(),
    HTTP_PROXY: as.proxyUrl(),
    http_proxy: as.proxyUrl(),
    CRD_VERSIONS: as.word(VERSION_CHOICES, 'all'),
    KUBECONFIG: as.text(),
    HOSTNAME: as.text('azureserviceoperator'),
  })
  .superRefine((settings, context) => {
    if (settings.AZURE_OPERATOR_MODE !== 'webhooks' || settings.AZURE_TARGET_NAMESPACES.length === 0) return;
    const message = `is '${settings.AZURE_TARGET_NAMESPACES.join(',')}'; allowed: nothing, as AZURE_OPERATOR_MODE is webhooks and no namespace is watched`;
    context.addIssue({ code: 'custom', path: ['AZURE_TARGET_NAMESPACES'], message });
  });

const IDENTITY_KEYS = [
  'AZURE_SUBSCRIPTION_ID',
  'AZURE_TENANT_ID',
  'AZURE_CLIENT_ID',
  'AZURE_ADDITIONAL_TENANTS',
  'AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS',
] as const;
const SECRET_KEYS = ['AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE', 'AZURE_CLIENT_CERTIFICATE_PASSWORD'] as const;

type Environment = Readonly<Record<string, string | undefined>>;
type Settings = z.output<typeof environmentFields>;
type Flags = z.output<typeof flagFields>;

export interface Config {
  readonly podNamespace: string;
  /** Milliseconds between syncs of a Ready object; undefined: never. */
  readonly syncPeriodMs: number | undefined;
  readonly syncMode: Settings['AZURE_SYNC_MODE'];
  readonly mode: Settings['AZURE_OPERATOR_MODE'];
  /** Empty: all. */
  readonly targetNamespaces: readonly string[];
  readonly defaultPolicy: Settings['DEFAULT_RECONCILE_POLICY'];
  /** Per kind; undefined: no limit beside the operator's own number of workers. */
  readonly maxConcurrentReconciles: number | undefined;
  readonly rateLimit: { readonly qps: number; readonly burst: number } | undefined;
  readonly userAgentSuffix: string;
  readonly cloud: Cloud;
  readonly useWorkloadIdentity: boolean;
  readonly workloadIdentityMode: Settings['AZURE_WORKLOAD_IDENTITY_AUTH_MODE'];
  readonly allowMultiEnvironment: boolean;
  /** Identity keys of the settings, as they are; secret ones wrapped. */
  readonly identity: Readonly<Record<string, string | Secret | undefined>>;
  /** Path of the operator's projected service-account token. */
  readonly tokenFile: string;
  /** HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in either case: for Azure and Entra. */
  readonly proxy: ProxySettings;
  /** Empty: no metrics. */
  readonly metricsAddress: string;
  readonly metrics: { readonly isSecure: boolean; readonly hasProfiles: boolean; readonly certificateFolder: string };
  /** Empty: no probes. */
  readonly healthAddress: string;
  readonly leaderElection: boolean;
  readonly crds: {
    readonly management: Flags['crd-management'];
    readonly pattern: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly versions: VersionChoice;
  };
  readonly verbosity: number;
  readonly jsonLogging: boolean;
  readonly tlsMinVersion: 'TLSv1.2' | 'TLSv1.3';
  /** Path of a kubeconfig; undefined: as @kubernetes/client-node finds one. */
  readonly kubeconfig: string | undefined;
  /** Name of this pod or machine, part of the lease holder's identity. */
  readonly host: string;
  /** What to say of settings that have nothing to do. */
  readonly remarks: readonly string[];
}

/** Throws ConfigError with every problem, one a line: the key, the value found, what is allowed. */
export function readConfig(
  args: readonly string[] = process.argv.slice(2),
  environment: Environment = process.env,
): Config {
  const given = readFlags(FLAGS, args);
  if (given.help !== undefined) throw new ConfigError('help', given.help);
  const flags = flagFields.safeParse(given.values);
  const settings = environmentFields.safeParse(environment);
  const problems = [...given.problems, ...problemsOf(flags.error, '--'), ...problemsOf(settings.error, '')];
  if (problems.length > 0 || flags.data === undefined || settings.data === undefined) {
    throw new ConfigError(
      'config',
      `the settings cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`,
    );
  }
  return Object.freeze({
    ...fromSettings(settings.data, environment),
    ...fromFlags(flags.data, settings.data.CRD_VERSIONS),
    remarks: remarksOn({ environment, flags: given.values }),
  });
}

function problemsOf(error: z.ZodError | undefined, prefix: string): string[] {
  return (error?.issues ?? []).map((issue) => `${prefix}${issue.path.join('.')} ${issue.message}`);
}

function fromSettings(settings: Settings, environment: Environment) {
  const secrets = Object.entries(picked(environment, SECRET_KEYS)).map(([key, value]): [string, Secret] => [
    key,
    new Secret(value),
  ]);
  return {
    podNamespace: settings.POD_NAMESPACE,
    syncPeriodMs: settings.AZURE_SYNC_PERIOD,
    syncMode: settings.AZURE_SYNC_MODE,
    mode: settings.AZURE_OPERATOR_MODE,
    targetNamespaces: settings.AZURE_TARGET_NAMESPACES,
    defaultPolicy: settings.DEFAULT_RECONCILE_POLICY,
    maxConcurrentReconciles: settings.MAX_CONCURRENT_RECONCILES,
    rateLimit:
      settings.RATE_LIMIT_MODE === 'bucket'
        ? { qps: settings.RATE_LIMIT_QPS, burst: settings.RATE_LIMIT_BUCKET_SIZE }
        : undefined,
    userAgentSuffix: settings.AZURE_USER_AGENT_SUFFIX,
    cloud: Object.freeze({
      authorityHost: settings.AZURE_AUTHORITY_HOST,
      endpoint: settings.AZURE_RESOURCE_MANAGER_ENDPOINT,
      audience: settings.AZURE_RESOURCE_MANAGER_AUDIENCE,
      ...(settings.AZURE_GRAPH_ENDPOINT === '' ? {} : { graphEndpoint: settings.AZURE_GRAPH_ENDPOINT }),
    }),
    useWorkloadIdentity: settings.USE_WORKLOAD_IDENTITY_AUTH,
    workloadIdentityMode: settings.AZURE_WORKLOAD_IDENTITY_AUTH_MODE,
    allowMultiEnvironment: settings.ALLOW_MULTI_ENV_MANAGEMENT,
    identity: Object.freeze({ ...picked(environment, IDENTITY_KEYS), ...Object.fromEntries(secrets) }),
    tokenFile: settings.AZURE_FEDERATED_TOKEN_FILE,
    proxy: proxySettings(environment),
    kubeconfig: settings.KUBECONFIG === '' ? undefined : settings.KUBECONFIG,
    host: settings.HOSTNAME,
  };
}

function fromFlags(flags: Flags, crdVersions: VersionChoice) {
  return {
    metricsAddress: flags['metrics-addr'],
    metrics: Object.freeze({
      isSecure: flags['secure-metrics'],
      hasProfiles: flags['profiling-metrics'] && flags['secure-metrics'],
      certificateFolder: flags['metrics-cert-dir'],
    }),
    healthAddress: flags['health-addr'],
    leaderElection: flags['enable-leader-election'],
    crds: Object.freeze({
      management: flags['crd-management'],
      pattern: flags['crd-pattern'],
      labels: Object.freeze(flags['crd-labels']),
      versions: flags['crd-versions'] === '' ? crdVersions : flags['crd-versions'],
    }),
    verbosity: flags.v,
    jsonLogging: flags['json-logging'],
    tlsMinVersion: flags['tls-min-version'] === 'VersionTLS13' ? ('TLSv1.3' as const) : ('TLSv1.2' as const),
  };
}

function picked(environment: Environment, keys: readonly string[]): Readonly<Record<string, string>> {
  const entries = keys
    .map((key): [string, string] => [key, environment[key] ?? ''])
    .filter(([, value]) => value !== '');
  return Object.freeze(Object.fromEntries(entries));
}
