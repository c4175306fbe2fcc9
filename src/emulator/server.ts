// The emulator as a server: the ARM and login endpoint over TLS on loopback, and an admin endpoint on its own port.

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Certificate } from '../values/certificate.ts';
import { isObject, type Json, type JsonObject } from '../values/json.ts';
import { mergePatch } from '../values/merge-patch.ts';
import { rotate } from './actions.ts';
import { openCatalogue } from './catalogue.ts';
import { type ArmedFault, type Fault, meet } from './faults.ts';
import { addGroup } from './graph.ts';
import { type Handled, handle } from './handle.ts';
import { instanceMetadata } from './instance-metadata.ts';
import { countByVerb, type JournalEntry, maskSecrets } from './journal.ts';
import { listen, loopbackCertificate, type Reply } from './listen.ts';
import type { Request } from './message.ts';
import { graphBase } from './minted.ts';
import { shown } from './resources.ts';
import { DEFAULTS, type EmulatorSettings } from './settings.ts';
import { emptyState } from './state.ts';

export interface EmulatorOptions extends Partial<EmulatorSettings> {
  /** 0 or absent: any free port. */
  readonly port?: number;
  readonly adminPort?: number;
  readonly metadataPort?: number;
  /** Folders and files of CRDs; absent: the project's own. */
  readonly crds?: readonly string[];
  readonly now?: () => number;
  /** Certificate of an earlier run, so that one CA serves several servers. */
  readonly certificate?: Certificate;
}

export interface Emulator {
  /** https://127.0.0.1:<port>: the ARM endpoint, the token audience and the authority host in one. */
  readonly endpoint: string;
  /** Microsoft Graph, on the same port. */
  readonly graphEndpoint: string;
  readonly adminUrl: string;
  /** The instance-metadata endpoint of the machine that the caller is taken to run on: plain HTTP. */
  readonly metadataUrl: string;
  readonly caPem: string;
  /** As they are now. */
  readonly settings: EmulatorSettings;
  /** Changes settings from the next request on: limits, distortions, latency, delays. */
  readonly tune: (changed: Partial<EmulatorSettings>) => void;
  readonly journal: () => readonly JournalEntry[];
  readonly counts: () => Readonly<Record<string, number>>;
  readonly fault: (fault: Fault) => void;
  /** Arms a fault; the answer takes it off again, and no other. */
  readonly misbehave: (fault: Fault) => () => void;
  readonly clearFaults: () => void;
  /** A change behind the operator's back: merged into what the resource has. */
  readonly edit: (id: string, patch: JsonObject) => boolean;
  /** Makes the keys of a resource anew, as somebody at the portal would. */
  readonly rotateKeys: (id: string) => void;
  readonly resource: (id: string) => JsonObject | undefined;
  readonly resources: () => readonly string[];
  /** A group of the directory, by its id. */
  readonly group: (id: string) => JsonObject | undefined;
  /** Makes or takes away a group behind the operator's back; gives the id of the new one. */
  readonly addGroup: (body: JsonObject) => string;
  readonly removeGroup: (id: string) => void;
  /** Forgets the journal, not the resources. */
  readonly forgetJournal: () => void;
  /** Forgets resources, operations, journal and faults; tokens stay good. */
  readonly reset: () => void;
  readonly stop: () => Promise<void>;
}

/** The status that the journal notes for a connection that was cut. */
const CUT = 0;
export const OWN_CRDS = fileURLToPath(new URL('../../crds', import.meta.url));

export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const {
    port = 0,
    adminPort = 0,
    metadataPort = 0,
    crds = [OWN_CRDS],
    now = Date.now,
    certificate: given,
    ...settled
  } = options;
  let settings: EmulatorSettings = { ...DEFAULTS, ...settled };
  const catalogue = openCatalogue(...crds);
  const certificate = given ?? (await loopbackCertificate(now()));
  let state = emptyState();
  let journal: JournalEntry[] = [];
  let faults: ArmedFault[] = [];
  let requests = 0;

  const note = (request: Request, begun: number, answered: Pick<Handled, 'status' | 'principal'>): void => {
    requests += 1;
    const apiVersion = request.query.get('api-version');
    journal.push({
      n: requests,
      at: begun,
      method: request.method,
      url: request.query.size === 0 ? request.path : `${request.path}?${request.query}`,
      ...(apiVersion === null ? {} : { apiVersion }),
      ms: now() - begun,
      status: answered.status,
      ...(answered.principal === undefined ? {} : { principal: answered.principal }),
      ...(request.body === undefined ? {} : { body: maskSecrets(request.body) }),
    });
  };

  const reply = async (request: Request): Promise<Reply> => {
    const begun = now();
    const fault = faults.length === 0 ? undefined : meet(faults, request.method, `${request.path}?${request.query}`);
    const waitMs = settings.latencyMs + (fault?.latencyMs ?? 0);
    if (waitMs > 0) await sleep(waitMs);
    if (fault?.cut === 'before') {
      note(request, begun, { status: CUT });
      return 'cut';
    }
    if (fault?.answer !== undefined) {
      note(request, begun, { status: fault.answer.status });
      return fault.answer;
    }
    const answer = handle(
      {
        state,
        settings,
        catalogue,
        now: now(),
        ...(fault?.operation === undefined ? {} : { operationFault: fault.operation }),
      },
      request,
    );
    if (fault?.cut !== 'after') {
      note(request, begun, answer);
      return answer;
    }
    note(request, begun, { ...answer, status: CUT });
    return 'cut';
  };

  const edit = (id: string, patch: JsonObject): boolean => {
    const resource = state.resources.get(id.toLowerCase());
    if (resource === undefined) return false;
    // A merge of two JSON objects is one.
    resource.body = mergePatch(resource.body, patch) as JsonObject;
    return true;
  };
  const resource = (id: string): JsonObject | undefined => {
    const held = state.resources.get(id.toLowerCase());
    return held === undefined ? undefined : shown(held, state, settings);
  };
  const resources = (): readonly string[] => [...state.resources.values()].map((held) => held.id);

  const tune = (changed: Partial<EmulatorSettings>): void => {
    settings = { ...settings, ...changed };
  };
  const reset = (): void => {
    state = { ...emptyState(), tokens: state.tokens };
    journal = [];
    faults = [];
  };

  const admin = async (request: Request): Promise<Reply> => {
    const id = request.query.get('id') ?? '';
    switch (`${request.method} ${request.path}`) {
      case 'GET /healthz':
        return { status: 200, body: { status: 'ok' } };
      case 'GET /journal':
        return { status: 200, body: { counts: countByVerb(journal), entries: journal as unknown as Json } };
      case 'DELETE /journal':
        journal = [];
        return { status: 204 };
      case 'POST /faults':
        if (!isObject(request.body) || !isObject(request.body.match))
          return { status: 400, body: { error: "a fault is an object with 'match'" } };
        // The admin endpoint belongs to whoever runs the emulator; `meet` reads only the members it knows.
        faults.push({ fault: request.body as unknown as Fault, seen: 0 });
        return { status: 201 };
      case 'DELETE /faults':
        faults = [];
        return { status: 204 };
      case 'GET /resources': {
        const found = id === '' ? undefined : resource(id);
        if (id === '') return { status: 200, body: { ids: resources() } };
        return found === undefined ? { status: 404 } : { status: 200, body: found };
      }
      case 'PATCH /resources':
        return { status: isObject(request.body) && edit(id, request.body) ? 204 : 404 };
      case 'DELETE /resources':
        reset();
        return { status: 204 };
      case 'PATCH /settings':
        if (!isObject(request.body)) return { status: 400, body: { error: 'settings are an object' } };
        // Whoever runs the emulator may tune it.
        tune(request.body as Partial<EmulatorSettings>);
        return { status: 204 };
      default:
        return {
          status: 404,
          body: {
            error: `${request.method} ${request.path} is not one of /healthz, /journal, /faults, /resources, /settings`,
          },
        };
    }
  };

  const server = await listen(port, certificate, reply);
  const adminServer = await listen(adminPort, undefined, admin);
  const metadataServer = await listen(metadataPort, undefined, async (request) => {
    const begun = now();
    const answer = instanceMetadata(request, state, settings, begun);
    note(request, begun, { status: answer.status });
    return answer;
  });
  return {
    endpoint: server.base,
    graphEndpoint: graphBase(server.base),
    adminUrl: adminServer.base,
    metadataUrl: metadataServer.base,
    caPem: certificate.caPem,
    get settings() {
      return settings;
    },
    tune,
    reset,
    journal: () => journal,
    counts: () => countByVerb(journal),
    fault: (fault) => {
      faults.push({ fault, seen: 0 });
    },
    misbehave: (fault) => {
      const armed = { fault, seen: 0 };
      faults.push(armed);
      return () => {
        faults = faults.filter((other) => other !== armed);
      };
    },
    clearFaults: () => {
      faults = [];
    },
    edit,
    rotateKeys: (id) => rotate(state, id),
    resource,
    resources,
    group: (id) => state.groups.get(id)?.body,
    addGroup: (body) => addGroup(state, body, now()).id,
    removeGroup: (id) => void state.groups.delete(id),
    forgetJournal: () => {
      journal = [];
    },
    stop: async () => {
      await Promise.all([server.close(), adminServer.close(), metadataServer.close()]);
    },
  };
}
