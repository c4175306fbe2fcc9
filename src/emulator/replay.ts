// A server that answers out of a recording, and says how the requests it got differ from the recorded ones.

import type { Certificate } from '../values/certificate.ts';
import { isObject, type Json } from '../values/json.ts';
import { isForGraph } from './graph.ts';
import { listen, loopbackCertificate, type Reply } from './listen.ts';
import type { Request } from './message.ts';
import {
  difference,
  forArm,
  masked,
  match,
  openRecording,
  type RecordedExchange,
  type Recording,
  shortened,
} from './replay-matching.ts';
import { DEFAULTS, type EmulatorSettings } from './settings.ts';
import { emptyState } from './state.ts';
import { login } from './tokens.ts';

/** Of a PUT, or of the POST that makes something in Microsoft Graph. */
export interface PutFinding {
  /** Path in lower case. */
  readonly path: string;
  readonly isWireEqual: boolean;
  readonly isArmEqual: boolean;
  /** Where the bodies first differ for ARM, else on the wire. */
  readonly difference?: string;
}

export interface Findings {
  readonly puts: readonly PutFinding[];
  readonly unexpected: readonly string[];
}

export interface Replay {
  readonly endpoint: string;
  readonly caPem: string;
  /** The one that may sign in. */
  readonly client: EmulatorSettings['clients'][number];
  /** Answers out of this recording from now on; findings begin anew. */
  readonly load: (exchanges: readonly RecordedExchange[]) => void;
  readonly findings: () => Findings;
  /** Every request since the recording was loaded. */
  readonly requests: () => readonly string[];
  readonly stop: () => Promise<void>;
}

/** `shared`: a certificate for several servers. A client that trusts several CAs of one name finds the first of them only. */
export async function startReplay(settings: Partial<EmulatorSettings> = {}, shared?: Certificate): Promise<Replay> {
  const certificate = shared ?? (await loopbackCertificate(Date.now()));
  const state = emptyState();
  const all: EmulatorSettings = { ...DEFAULTS, ...settings };
  const [client] = all.clients;
  if (client === undefined) throw new Error('a replay server needs a client that may sign in');
  let recording: Recording = openRecording([]);
  let puts: PutFinding[] = [];
  let unexpected: string[] = [];
  let requests: string[] = [];

  const reply = async (request: Request): Promise<Reply> => {
    const token = login(request, state, all, Date.now());
    if (token !== undefined) return token;
    requests.push(`${request.method} ${request.path}?${request.query}`);
    const matched = match(recording, request);
    if (matched.isUnexpected === true) unexpected.push(`${request.method} ${request.path}?${request.query}`);
    const isCompared = request.method === 'PUT' || (request.method === 'POST' && isForGraph(request));
    if (isCompared && matched.from !== undefined) puts.push(compare(request, matched.from.requestBody));
    return matched.answer;
  };
  const server = await listen(0, certificate, reply);
  return {
    endpoint: server.base,
    caPem: certificate.caPem,
    client,
    load: (exchanges) => {
      recording = openRecording(shortened(exchanges));
      puts = [];
      unexpected = [];
      requests = [];
    },
    findings: () => ({ puts, unexpected }),
    requests: () => requests,
    stop: () => server.close(),
  };
}

function compare(request: Request, recorded: Json | undefined): PutFinding {
  const path = decodeURIComponent(request.path).toLowerCase();
  const sent = masked(request.body ?? null);
  const wire = difference(sent, recorded ?? null);
  const arm = isObject(sent) && isObject(recorded) ? difference(forArm(sent), forArm(recorded)) : wire;
  const first = arm ?? wire;
  return {
    path,
    isWireEqual: wire === undefined,
    isArmEqual: arm === undefined,
    ...(first === undefined ? {} : { difference: first }),
  };
}
