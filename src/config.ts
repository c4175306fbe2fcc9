// Flags and environment → one frozen Config. The only file that knows process.env. Source of keys, flags and defaults: contract section 5.

import { Command, CommanderError } from 'commander';
import { z } from 'zod';
import type { Cloud } from './identity/choose.ts';
import { isPolicy, type ReconcilePolicy } from './reconcile/policy.ts';
import { parseDuration } from './values/duration.ts';
import { Secret } from './values/secret.ts';

/** Settings that cannot be used: every problem with its key, what was found and what is allowed. Ends the start with exit code 1. */
export class ConfigError extends Error {
  readonly code = 'config';
}

export interface Config {
  readonly podNamespace: string;
  readonly syncPeriodMs: number | undefined;
  readonly mode: 'watchers' | 'webhooks' | 'watchers-and-webhooks';
  readonly targetNamespaces: readonly string[];
  readonly defaultPolicy: ReconcilePolicy;
  /** Per kind; undefined: no limit beside the operator's own number of workers. */
  readonly maxConcurrentReconciles: number | undefined;
  readonly rateLimit: { readonly qps: number; readonly burst: number } | undefined;
  readonly userAgentSuffix: string;
  readonly cloud: Cloud;
  readonly useWorkloadIdentity: boolean;
  readonly allowMultiEnvironment: boolean;
  /** Identity keys of the settings, as they are; secret ones wrapped. */
  readonly identity: Readonly<Record<string, string | Secret | undefined>>;
  readonly metricsAddress: string;
  readonly healthAddress: string;
  readonly leaderElection: boolean;
  readonly verbosity: number;
  readonly jsonLogging: boolean;
  readonly kubeconfig: string | undefined;
  readonly host: string;
}

const PUBLIC: Cloud = { authorityHost: 'https://login.microsoftonline.com/', endpoint: 'https://management.azure.com', audience: 'https://management.core.windows.net/' };

/** Go's booleans; what cannot be read is false, as in the original. */
const goBoolean = z.string().optional().transform((text) => ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text ?? ''));
const optional = z.string().optional().transform((text) => (text === undefined || text.trim() === '' ? undefined : text.trim()));

const settings = z.object({
  POD_NAMESPACE: z.string({ error: 'is required: the namespace the operator runs in' }).min(1, 'is required: the namespace the operator runs in'),
  AZURE_SYNC_PERIOD: optional.transform((text, context) => {
    if (text === undefined) return parseDuration('1h');
    if (text === 'never') return undefined;
    const parsed = parseDuration(text);
    if (parsed !== undefined && parsed > 0) return parsed;
    context.addIssue({ code: 'custom', message: `'${text}' is not a duration; write for example 15m or 1h30m, or never` });
    return z.NEVER;
  }),
  AZURE_OPERATOR_MODE: optional.transform((text, context) => {
    const mode = (text ?? 'watchers-and-webhooks').toLowerCase();
    if (mode === 'watchers' || mode === 'webhooks' || mode === 'watchers-and-webhooks') return mode;
    context.addIssue({ code: 'custom', message: `'${text}' is not one of watchers, webhooks, watchers-and-webhooks` });
    return z.NEVER;
  }),
  AZURE_TARGET_NAMESPACES: optional.transform((text) => (text ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '')),
  DEFAULT_RECONCILE_POLICY: optional.transform((text, context) => {
    const policy = text ?? 'manage';
    if (isPolicy(policy)) return policy;
    context.addIssue({ code: 'custom', message: `'${text}' is not one of manage, skip, detach-on-delete` });
    return z.NEVER;
  }),
  MAX_CONCURRENT_RECONCILES: wholeNumber(1),
  RATE_LIMIT_MODE: optional.transform((text, context) => {
    const mode = text ?? 'disabled';
    if (mode === 'disabled' || mode === 'bucket') return mode;
    context.addIssue({ code: 'custom', message: `'${text}' is not one of disabled, bucket` });
    return z.NEVER;
  }),
  RATE_LIMIT_QPS: optional.transform((text, context) => {
    const qps = Number(text ?? 5);
    if (qps > 0) return qps;
    context.addIssue({ code: 'custom', message: `'${text}' is not a number above 0` });
    return z.NEVER;
  }),
  RATE_LIMIT_BUCKET_SIZE: wholeNumber(1),
  AZURE_USER_AGENT_SUFFIX: optional,
  AZURE_AUTHORITY_HOST: url(),
  AZURE_RESOURCE_MANAGER_ENDPOINT: url(),
  AZURE_RESOURCE_MANAGER_AUDIENCE: optional,
  USE_WORKLOAD_IDENTITY_AUTH: goBoolean,
  ALLOW_MULTI_ENV_MANAGEMENT: goBoolean,
  KUBECONFIG: optional,
  HOSTNAME: optional,
});

function wholeNumber(least: number) {
  return optional.transform((text, context) => {
    if (text === undefined) return undefined;
    if (/^\d+$/.test(text) && Number(text) >= least) return Number(text);
    context.addIssue({ code: 'custom', message: `'${text}' is not a whole number of at least ${least}` });
    return z.NEVER;
  });
}

function url() {
  return optional.transform((text, context) => {
    if (text === undefined || URL.canParse(text)) return text;
    context.addIssue({ code: 'custom', message: `'${text}' is not a URL` });
    return z.NEVER;
  });
}

const PLAIN_KEYS = ['AZURE_SUBSCRIPTION_ID', 'AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_ADDITIONAL_TENANTS', 'AZURE_USER_ASSIGNED_IDENTITY_CREDENTIALS'] as const;
const SECRET_KEYS = ['AZURE_CLIENT_SECRET', 'AZURE_CLIENT_CERTIFICATE', 'AZURE_CLIENT_CERTIFICATE_PASSWORD'] as const;

export function readConfig(argv: readonly string[] = process.argv.slice(2), env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const flags = readFlags(argv);
  const checked = settings.safeParse(env);
  if (!checked.success) {
    throw new ConfigError(`settings cannot be used: ${checked.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}`);
  }
  const read = checked.data;
  if (read.AZURE_TARGET_NAMESPACES.length > 0 && read.AZURE_OPERATOR_MODE === 'webhooks') {
    throw new ConfigError('settings cannot be used: AZURE_TARGET_NAMESPACES needs an AZURE_OPERATOR_MODE with watchers; it is webhooks');
  }
  return Object.freeze({
    podNamespace: read.POD_NAMESPACE,
    syncPeriodMs: read.AZURE_SYNC_PERIOD,
    mode: read.AZURE_OPERATOR_MODE,
    targetNamespaces: read.AZURE_TARGET_NAMESPACES,
    defaultPolicy: read.DEFAULT_RECONCILE_POLICY,
    maxConcurrentReconciles: read.MAX_CONCURRENT_RECONCILES,
    rateLimit: read.RATE_LIMIT_MODE === 'bucket' ? { qps: read.RATE_LIMIT_QPS, burst: read.RATE_LIMIT_BUCKET_SIZE ?? 100 } : undefined,
    userAgentSuffix: read.AZURE_USER_AGENT_SUFFIX ?? '',
    cloud: {
      authorityHost: read.AZURE_AUTHORITY_HOST ?? PUBLIC.authorityHost,
      endpoint: read.AZURE_RESOURCE_MANAGER_ENDPOINT ?? PUBLIC.endpoint,
      audience: read.AZURE_RESOURCE_MANAGER_AUDIENCE ?? PUBLIC.audience,
    },
    useWorkloadIdentity: read.USE_WORKLOAD_IDENTITY_AUTH,
    allowMultiEnvironment: read.ALLOW_MULTI_ENV_MANAGEMENT,
    identity: {
      ...Object.fromEntries(PLAIN_KEYS.map((key) => [key, env[key]])),
      ...Object.fromEntries(SECRET_KEYS.map((key) => [key, env[key] ? new Secret(env[key]) : undefined])),
    },
    ...flags,
    kubeconfig: read.KUBECONFIG,
    host: read.HOSTNAME ?? 'azureserviceoperator',
  });
}

type Flags = Pick<Config, 'metricsAddress' | 'healthAddress' | 'leaderElection' | 'verbosity' | 'jsonLogging'>;

/** Go writes --flag=value, and --flag alone or --flag=false for booleans. */
function readFlags(argv: readonly string[]): Flags {
  const command = new Command('aso-controller')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .allowExcessArguments(false)
    .option('--metrics-addr <address>', 'address of /metrics; 0 switches it off', '0')
    .option('--secure-metrics [on]', 'serve metrics over TLS with authentication', 'true')
    .option('--profiling-metrics [on]', '', 'false')
    .option('--metrics-cert-dir <dir>', '', '')
    .option('--health-addr <address>', 'address of /healthz and /readyz', '')
    .option('--webhook-port <port>', 'accepted, without effect: there are no webhooks', '9443')
    .option('--webhook-cert-dir <dir>', 'accepted, without effect', '')
    .option('--enable-leader-election [on]', 'only the holder of the Lease acts', 'false')
    .option('--crd-management <mode>', 'auto or none', 'auto')
    .option('--crd-pattern <patterns>', '', '')
    .option('--crd-labels <labels>', '', '')
    .option('--json-logging [on]', 'log lines as JSON', 'false')
    .option('--v <level>', 'log level, 0 to 3', '2')
    .option('--verbose <level>', 'the same as --v');
  try {
    command.parse([...argv], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) throw new ConfigError(`flags cannot be used: ${error.message.replace(/^error: /, '')}`, { cause: error });
    throw error;
  }
  const given = command.opts<Record<string, string | true | undefined>>();
  const isOn = (value: string | true | undefined): boolean => value === true || value === 'true' || value === '1';
  const verbosity = Number(given.verbose ?? given.v);
  if (!Number.isInteger(verbosity)) throw new ConfigError(`flags cannot be used: --v is '${given.v}'; it must be a whole number`);
  if (given.crdManagement !== 'auto' && given.crdManagement !== 'none') throw new ConfigError(`flags cannot be used: --crd-management is '${given.crdManagement}'; it must be auto or none`);
  return {
    metricsAddress: given.metricsAddr === '0' ? '' : String(given.metricsAddr),
    healthAddress: String(given.healthAddr),
    leaderElection: isOn(given.enableLeaderElection),
    verbosity,
    jsonLogging: isOn(given.jsonLogging),
  };
}
