// The bad days: what is out of order, and how it begins and ends. `playBadDay` says what must hold on each.

import type { Fault } from '../../../src/emulator/faults.ts';
import { KubeError, type KubeStream } from '../../../src/kube/client.ts';
import type { KubeAnswer, KubeRequest } from '../../../src/kube/types.ts';
import { compactEtcd, restartApiServer } from './api-server.ts';
import type { BadDay, Reach } from './bad-day.ts';

type ArmFault = Omit<Fault, 'match'> & { readonly method?: string };

const azure = (name: string, because: string, ...faults: readonly ArmFault[]): BadDay => ({
  name,
  because,
  begin: ({ emulator, path }) => {
    const off = faults.map(({ method, ...fault }) =>
      emulator.misbehave({ ...fault, match: { path, ...(method === undefined ? {} : { method }) } }),
    );
    return () => {
      for (const each of off) each();
    };
  },
});

const says = (status: number, headers: Readonly<Record<string, string>> = {}): ArmFault => ({
  answer: { status, headers, body: { error: { code: `Status${status}`, message: 'out of order' } } },
});

const isWrite = (request: KubeRequest): boolean => request.verb !== 'GET' && !/\/events$|\/leases/.test(request.path);

/** While it lasts, requests to the API server go through this. */
const kube = (name: string, because: string, way: NonNullable<Reach['kube']>): BadDay => ({
  name,
  because,
  begin: (reach) => {
    reach.kube = way;
    return () => {
      reach.kube = undefined;
    };
  },
});

/** While it lasts, every watch is opened like this; those that are open are cut first. */
const watches = (name: string, because: string, way: NonNullable<Reach['stream']>): BadDay => ({
  name,
  because,
  begin: (reach) => {
    reach.stream = way;
    reach.cut();
    return () => {
      reach.stream = undefined;
    };
  },
});

const status = (code: number, message: string, seconds?: number): KubeAnswer => ({
  status: code,
  body: {
    kind: 'Status',
    code,
    message,
    ...(seconds === undefined ? {} : { details: { retryAfterSeconds: seconds } }),
  },
  ...(seconds === undefined ? {} : { retryAfterMs: seconds * 1000 }),
});

const later = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new KubeError('lost', 'cancelled'));
    });
  });

async function* cutAfter(stream: KubeStream, lines: number, last?: string): AsyncGenerator<string> {
  let seen = 0;
  for await (const line of stream.lines) {
    if (seen >= lines) break;
    seen += 1;
    yield line;
  }
  if (last !== undefined) yield last;
}

const errorLine = (code: number, message: string): string =>
  JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code, message } });

export const AZURE_DAYS: readonly BadDay[] = [
  azure('429 with Retry-After', 'the class waits as long as Azure says', says(429, { 'Retry-After': '3' })),
  azure('429 without Retry-After', 'the pauses grow by themselves', says(429)),
  azure('429 with Retry-After 0', 'a wish of no time is no leave to hammer', says(429, { 'Retry-After': '0' })),
  azure('500', 'each object backs off', says(500)),
  azure('502', 'a gateway is down', says(502)),
  azure('503 with Retry-After', 'a service asks for time', says(503, { 'Retry-After': '1' })),
  azure('503 with Retry-After 0', 'a wish of no time is no leave to hammer', says(503, { 'Retry-After': '0' })),
  azure('504', 'a gateway waited in vain', says(504)),
  azure('401', 'a token is refused and later granted', says(401)),
  azure('403', 'a right is missing and later given', says(403)),
  azure('connections cut before the work', 'nothing was done', { cut: 'before' }),
  azure('answers lost after the work', 'it was done and nobody was told', { cut: 'after' }),
  azure('answers of writes lost after the work', 'it was done and nobody was told', { method: 'PUT', cut: 'after' }),
  azure('garbage bodies with 200', 'what a broken proxy says', { answer: { status: 200, text: '<html>{{' } }),
  azure('garbage bodies with 500', 'what a broken proxy says', { answer: { status: 500, text: '<html>{{' } }),
  azure('garbage answers to reads', 'what is read is no JSON', {
    method: 'GET',
    answer: { status: 200, text: '{"half":' },
  }),
  azure('slow answers', 'two seconds for each', { latencyMs: 2_000 }),
  azure('half of all requests fail', 'now this, now that', { ...says(500), probability: 0.5, seed: 7 }),
  azure('operations that fail late', 'accepted, and refused in the end', {
    method: 'PUT',
    operation: { code: 'InternalServerError', message: 'it did not work out' },
  }),
  azure('reads refused', 'writes pass and cannot be checked', { ...says(500), method: 'GET' }),
  azure('deletes refused', 'what is deleted waits for it', { ...says(409), method: 'DELETE' }),
];

export const CLUSTER_DAYS: readonly BadDay[] = [
  kube('409 on every write', 'somebody else is always faster', (request, send, signal) =>
    isWrite(request) ? Promise.resolve(status(409, 'the object has been modified')) : send(request, signal),
  ),
  kube('500 on everything', 'the API server is out of order', () => Promise.resolve(status(500, 'etcd is away'))),
  kube('429 on everything', 'priority and fairness', () => Promise.resolve(status(429, 'too many requests', 1))),
  kube('403 on writes', 'a role was taken away and given back', (request, send, signal) =>
    isWrite(request) ? Promise.resolve(status(403, 'forbidden')) : send(request, signal),
  ),
  kube('connections cut', 'no answer comes', () => Promise.reject(new KubeError('lost', 'socket hang up'))),
  kube('answers of writes lost', 'it was done and nobody was told', async (request, send, signal) => {
    const answer = await send(request, signal);
    if (isWrite(request)) throw new KubeError('lost', 'socket hang up');
    return answer;
  }),
  kube('two seconds for each request', 'the API server is slow', async (request, send, signal) => {
    await later(2_000, signal);
    return send(request, signal);
  }),
  watches('watches that are cut', 'a proxy ends every stream', async (request, open, signal) => {
    const stream = await open(request, signal);
    return { ...stream, lines: cutAfter(stream, 3) };
  }),
  watches('410 Gone in every watch', 'history was compacted', async (request, open, signal) => {
    const stream = await open(request, signal);
    return { ...stream, lines: cutAfter(stream, 50, errorLine(410, 'too old resource version')) };
  }),
  watches('429 to every watch', 'storage is (re)initializing', async () => ({
    status: 429,
    retryAfterMs: 1_000,
    lines: cutAfter({ status: 429, lines: (async function* () {})() }, 0),
  })),
  watches('garbage in every watch', 'a line that is no JSON', async (request, open, signal) => {
    const stream = await open(request, signal);
    return { ...stream, lines: cutAfter(stream, 2, '{"type":"ADD') };
  }),
  {
    name: 'etcd compacted while the watches were away',
    because: 'where they were is no more: they list anew',
    begin: (reach) => {
      reach.stream = () => Promise.reject(new KubeError('lost', 'connection refused'));
      reach.cut();
      return async () => {
        await compactEtcd(reach.ground.cluster.plane.etcd);
        reach.stream = undefined;
      };
    },
  },
  {
    name: 'the API server is away for half a minute',
    because: 'delays have grown, and end with its return',
    lastsMs: 30_000,
    restsWithinMs: 15_000,
    begin: (reach) => {
      // What is applied meanwhile goes around the operator's door.
      reach.stream = () => Promise.reject(new KubeError('lost', 'connection refused'));
      reach.kube = () => Promise.reject(new KubeError('lost', 'connection refused'));
      reach.cut();
      return () => {
        reach.stream = undefined;
        reach.kube = undefined;
      };
    },
  },
  {
    name: 'the clock jumps a day ahead',
    because: 'everything looks overdue',
    begin: (reach) => {
      reach.jump = 86_400_000;
      return () => {
        reach.jump = 0;
      };
    },
  },
  {
    name: 'the clock jumps a day back',
    because: 'everything looks as if it were in the future',
    begin: (reach) => {
      reach.jump = -86_400_000;
      return () => undefined;
    },
  },
  {
    name: 'a death each second',
    because: 'a crash loop',
    begin: (reach) => {
      const timer = setInterval(reach.reborn, 1_000);
      return () => clearInterval(timer);
    },
  },
];

const pathOfAll = '/apis/storage.azure.com/v20250601/storageaccounts';

/** What concerns all who share the ground. */
export const ALONE: readonly BadDay[] = [
  {
    name: 'tokens refused, then granted',
    because: 'a client secret ran out and was renewed',
    begin: ({ emulator, reborn }) => {
      const off = emulator.misbehave({
        match: { path: '/oauth2/v2.0/token' },
        answer: {
          status: 401,
          body: {
            error: 'invalid_client',
            error_description: 'AADSTS7000222: The provided client secret keys are expired.',
          },
        },
      });
      // A new life has no token yet.
      reborn();
      return off;
    },
  },
  {
    name: 'the API server is killed and started again',
    because: 'an upgrade of the control plane',
    lastsMs: 1_000,
    restsWithinMs: 25_000,
    begin: async ({ ground }) => {
      const { kube } = ground.cluster;
      // Paths of CRDs are the last to be served.
      const isServing = (): Promise<boolean> =>
        kube.send({ verb: 'GET', path: pathOfAll, query: { limit: '1' } }, AbortSignal.timeout(5_000)).then(
          (answer) => answer.status === 200,
          () => false,
        );
      const restart = async (): Promise<void> => {
        ground.keep(await restartApiServer(ground.cluster.plane.server, 2_000, isServing));
      };
      await restart();
      return restart;
    },
  },
];
