// The door to the Kubernetes API server. Any HTTP status is data; only a request without a readable answer throws, as KubeError.
// @kubernetes/client-node reads kubeconfigs and knows every way to log in; requests and streams are our own, over HTTP/2.

import { readFileSync } from 'node:fs';
import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Json } from '../values/json.ts';
import { cancel, openConnections } from './connections.ts';
import type { KubeAnswer, KubeRequest, KubeSend } from './types.ts';

/** No readable answer came from the API server. */
export class KubeError extends Error {
  readonly code: 'lost' | 'login';

  constructor(code: KubeError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The server that client-node makes up when there is neither a kubeconfig nor a pod around it. */
export const MADE_UP_SERVER = 'http://localhost:8080';

export interface KubeStream {
  readonly status: number;
  readonly retryAfterMs?: number;
  /** The body's lines as they come; ends when the server ends the stream. */
  readonly lines: AsyncIterable<string>;
}

export interface Kube {
  readonly send: KubeSend;
  readonly stream: (request: KubeRequest, signal: AbortSignal) => Promise<KubeStream>;
  readonly close: () => void;
}

export interface KubeOptions {
  readonly config: KubeConfig;
  readonly timeoutMs: number;
  readonly userAgent: string;
  /** Hears of every finished request, for metrics. */
  readonly onRequest: (verb: KubeRequest['verb'], status: number) => void;
}

/** How long a token read from a file or a plugin is used before it is asked for again. */
const LOGIN_KEPT_MS = 60_000;

export async function createKube(options: KubeOptions): Promise<Kube> {
  const cluster = options.config.getCurrentCluster();
  if (cluster === null)
    throw new KubeError('login', 'no Kubernetes cluster: neither a service account nor a kubeconfig names one');
  if (cluster.proxyUrl !== undefined)
    throw new KubeError('login', `the kubeconfig gives proxy-url ${cluster.proxyUrl}, and proxies are not supported`);
  const first = await login(options.config);
  const { ca, cert, key } = first;
  const connections = openConnections(cluster.server, {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(cluster.skipTLSVerify === true ? { rejectUnauthorized: false } : {}),
    ...(cluster.tlsServerName === undefined ? {} : { servername: cluster.tlsServerName }),
  });
  const basePath = new URL(cluster.server).pathname.replace(/\/$/, '');
  let authorization = first.headers;
  let loggedInAt = performance.now();

  const open = async (request: KubeRequest, signal: AbortSignal): Promise<ClientHttp2Stream> => {
    if (performance.now() - loggedInAt > LOGIN_KEPT_MS) {
      loggedInAt = performance.now();
      authorization = (await login(options.config)).headers;
    }
    // Who has been cancelled sends nothing: the Lease may be lost.
    signal.throwIfAborted();
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const stream = connections.open(
      {
        ...authorization,
        ':method': request.verb,
        ':path': `${basePath}${request.path}${queryText(request.query)}`,
        accept: request.accept ?? 'application/json',
        'user-agent': options.userAgent,
        ...(body === undefined
          ? {}
          : { 'content-type': request.contentType ?? 'application/json', 'content-length': String(body.length) }),
      },
      body === undefined ? 'no-body' : 'with-body',
    );
    if (body !== undefined) stream.end(body);
    return stream;
  };

  return {
    send: async (request, signal) => {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]);
      try {
        const answer = await whole(await open(request, deadline), deadline);
        options.onRequest(request.verb, answer.status);
        return answer;
      } catch (error) {
        options.onRequest(request.verb, 0);
        throw lost(request, error);
      }
    },
    stream: async (request, signal) => {
      try {
        const stream = await open(request, signal);
        stream.on('error', () => undefined);
        const abort = (): void => cancel(stream);
        signal.addEventListener('abort', abort, { once: true });
        stream.once('close', () => signal.removeEventListener('abort', abort));
        if (signal.aborted) abort();
        const headers = await responseHeaders(stream);
        const status = Number(headers[':status']);
        options.onRequest(request.verb, status);
        return { status, ...retryAfter(headers), lines: linesOf(stream) };
      } catch (error) {
        options.onRequest(request.verb, 0);
        throw lost(request, error);
      }
    },
    close: () => connections.close(),
  };
}

interface Login {
  readonly ca?: Buffer | string;
  readonly cert?: Buffer | string;
  readonly key?: Buffer | string;
  readonly headers: Readonly<Record<string, string>>;
}

async function login(config: KubeConfig): Promise<Login> {
  const asked: RequestOptions = { headers: {} };
  try {
    await config.applyToHTTPSOptions(asked);
  } catch (error) {
    throw new KubeError(
      'login',
      `could not log in to the Kubernetes API server: ${error instanceof Error ? error.message : error}`,
      { cause: error },
    );
  }
  const cluster = config.getCurrentCluster();
  const ca = asked.ca ?? (cluster?.caFile === undefined ? undefined : readFileSync(cluster.caFile));
  const headers = Object.fromEntries(
    Object.entries(asked.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  // client-node fills these with PEM text or buffers, never with lists.
  return {
    ...(ca === undefined ? {} : { ca: ca as Buffer }),
    ...(asked.cert === undefined ? {} : { cert: asked.cert as Buffer }),
    ...(asked.key === undefined ? {} : { key: asked.key as Buffer }),
    headers,
  };
}

function queryText(query: KubeRequest['query']): string {
  const entries = Object.entries(query ?? {});
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries)}`;
}

function responseHeaders(stream: ClientHttp2Stream): Promise<IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    stream.once('response', resolve);
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('the connection was closed before an answer came')));
  });
}

async function whole(stream: ClientHttp2Stream, signal: AbortSignal): Promise<KubeAnswer> {
  const abort = (): void => cancel(stream);
  signal.addEventListener('abort', abort, { once: true });
  stream.on('error', () => undefined);
  try {
    if (signal.aborted) abort();
    const headers = await responseHeaders(stream);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    if (signal.aborted) throw new Error('cancelled, or no answer within the deadline');
    return {
      status: Number(headers[':status']),
      body: parse(Buffer.concat(chunks).toString('utf8')),
      ...retryAfter(headers),
    };
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function parse(text: string): Json | undefined {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function retryAfter(headers: IncomingHttpHeaders): { retryAfterMs?: number } {
  const text = headers['retry-after'];
  return typeof text === 'string' && /^\d{1,5}$/.test(text) ? { retryAfterMs: Number(text) * 1000 } : {};
}

async function* linesOf(stream: ClientHttp2Stream): AsyncGenerator<string> {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of stream) {
    rest += chunk as string;
    let end = rest.indexOf('\n');
    while (end >= 0) {
      yield rest.slice(0, end);
      rest = rest.slice(end + 1);
      end = rest.indexOf('\n');
    }
  }
  if (rest !== '') yield rest;
}

function lost(request: KubeRequest, error: unknown): KubeError {
  if (error instanceof KubeError) return error;
  // Of a connection that failed, the stream knows only that it was cancelled; the reason is its cause.
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return new KubeError(
    'lost',
    `${request.verb} ${request.path}: ${reason instanceof Error ? reason.message : reason}`,
    {
      cause: error,
    },
  );
}
