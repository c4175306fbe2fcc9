// A bad day: objects are made, edited and deleted while something is out of order. When it is over everything must come to rest as
// wished, and meanwhile nobody was hammered: requests per object and minute are bounded.

import type { Emulator } from '../../../src/emulator/server.ts';
import type { Kube } from '../../../src/kube/client.ts';
import type { KubeRequest, KubeSend } from '../../../src/kube/types.ts';
import { readyOf } from '../../../src/reconcile/conditions.ts';
import { type Ground, membersOf } from './ground.ts';
import { type Azure, azureDoors, beginLife, type Life, type LifeOptions } from './life.ts';
import { GROUP, manifestOf, pathOf, SUBJECTS, type Subject } from './subjects.ts';

/** What a fault may take hold of while it lasts. */
export interface Reach {
  readonly emulator: Emulator;
  readonly ground: Ground;
  /** Pattern of every URL of this day: its subscription. */
  readonly path: string;
  readonly life: () => Life;
  /** Ends all watches that are open, as a broken connection does. */
  readonly cut: () => void;
  /** Ends the present life as SIGKILL does and begins another. */
  readonly reborn: () => void;
  /** In the way of requests to the API server; undefined: nothing. */
  kube: ((request: KubeRequest, send: KubeSend, signal: AbortSignal) => ReturnType<KubeSend>) | undefined;
  stream: ((request: KubeRequest, open: Kube['stream'], signal: AbortSignal) => ReturnType<Kube['stream']>) | undefined;
  /** Milliseconds that the operator's clock is wrong by. */
  jump: number;
}

export interface BadDay {
  readonly name: string;
  readonly because: string;
  /** Begins the fault; the answer ends it. */
  readonly begin: (reach: Reach) => (() => void | Promise<void>) | Promise<() => void | Promise<void>>;
  readonly lastsMs?: number;
  /** All is at rest so soon after the fault has ended. */
  readonly restsWithinMs?: number;
  readonly settings?: LifeOptions['settings'];
}

export interface Worst {
  /** Most requests in one minute for one object. */
  readonly azure: number;
  readonly kube: number;
  readonly restMs: number;
}

const LASTS_MS = 8_000;
const REST_WITHIN_MS = 90_000;
/**
 * A whole life (create, edit, export, with operations that are polled) takes about ten requests to Azure; what fails is tried at 1, 2, 4,
 * 8 … seconds, some requests each time. More than this in a minute would be hammering.
 */
export const MOST_AZURE = 45;
export const MOST_KUBE = 60;

interface One {
  readonly subject: Subject;
  readonly name: string;
  readonly fate: 'kept' | 'deleted';
}

/** Plays one bad day as number `day`; throws with its name and what did not come to rest. */
export async function playBadDay(ground: Ground, bad: BadDay, day: number): Promise<Worst> {
  const namespace = `d${day}`;
  const subscription = ground.emulator.settings.subscriptionIds[day] ?? '';
  const azure = azureDoors();
  const applied = new Map<string, number>();
  const lives: Life[] = [];
  let cutting = new AbortController();
  const reach: Reach = {
    emulator: ground.emulator,
    ground,
    path: subscription,
    life: () => lives.at(-1) as Life,
    reborn: () => {
      lives.at(-1)?.kill();
      lives.push(begin(azureDoors()));
    },
    cut: () => {
      cutting.abort();
      cutting = new AbortController();
    },
    kube: undefined,
    stream: undefined,
    jump: 0,
  };
  const begin = (doors: Azure): Life =>
    beginLife({
      ground,
      namespace,
      azure: doors,
      subscription,
      settings: { now: () => Date.now() + reach.jump, ...bad.settings },
      between: ({ kube }) => ({
        kube: (request, send, signal) =>
          reach.kube === undefined ? send(request, signal) : reach.kube(request, send, signal),
        stream: (request, signal) => {
          const until = AbortSignal.any([signal, cutting.signal]);
          return reach.stream === undefined ? kube.stream(request, until) : reach.stream(request, kube.stream, until);
        },
      }),
    });
  const key = (one: One): string => `${one.subject.plural}/${namespace}/${one.name}`;
  const wish = async (one: One, edit: number): Promise<void> => {
    const manifest = manifestOf(one.subject, one.name, day, { edit, exports: one.fate === 'kept' });
    applied.set(key(one), await ground.applied(pathOf(one.subject, namespace, one.name), manifest));
  };
  const isAtRest = (one: One): boolean => {
    const object = ground.object(key(one));
    const ready = readyOf(membersOf(object?.status));
    return (
      ready?.status === 'True' &&
      Number(object?.metadata.resourceVersion) >= (applied.get(key(one)) ?? 0) &&
      ready.observedGeneration === object?.metadata.generation &&
      object?.metadata.annotations?.['serviceoperator.azure.com/poller-resume-token'] === undefined
    );
  };
  const group: One = { subject: GROUP, name: `rg${day}`, fate: 'kept' };
  const old = SUBJECTS.map((subject): One => ({ subject, name: nameFor(subject, 'old', day), fate: 'kept' }));
  const fresh = SUBJECTS.map((subject): One => ({ subject, name: nameFor(subject, 'new', day), fate: 'kept' }));
  const doomed = SUBJECTS.map((subject): One => ({ subject, name: nameFor(subject, 'bad', day), fate: 'deleted' }));
  const kept = [group, ...old, ...fresh];
  const late = (): string =>
    [...kept.filter((one) => !isAtRest(one)), ...doomed.filter((one) => ground.object(key(one)) !== undefined)]
      .map((one) => {
        const object = ground.object(key(one));
        const ready = readyOf(membersOf(object?.status));
        return `${one.subject.kind} ${one.name} (to be ${one.fate}): ${ready?.status} ${ready?.reason} ${ready?.message}`;
      })
      .join('\n');
  let end: (() => void | Promise<void>) | undefined;
  try {
    await ground.namespace(namespace);
    lives.push(begin(azure));
    for (const one of [group, ...old, ...doomed]) await wish(one, 1);
    await ground.when(
      () => [group, ...old, ...doomed].every(isAtRest),
      () => `what was made before the fault:\n${late()}`,
    );
    const begunAt = Date.now();
    end = await bad.begin(reach);
    for (const one of [...old, ...fresh]) await wish(one, 2);
    for (const one of doomed) await ground.deleted(pathOf(one.subject, namespace, one.name));
    await new Promise((resolve) => setTimeout(resolve, bad.lastsMs ?? LASTS_MS));
    await end();
    end = undefined;
    const endedAt = Date.now();
    await ground.when(
      () => kept.every(isAtRest) && doomed.every((one) => ground.object(key(one)) === undefined),
      () => `all to come to rest once it was over:\n${late()}`,
      bad.restsWithinMs ?? REST_WITHIN_MS,
    );
    const restMs = Date.now() - endedAt;
    judge(ground, { subscription, kept, group, edited: [...old, ...fresh] });
    return { ...worst({ ground, lives, ones: [...kept, ...doomed], subscription, from: begunAt }), restMs };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new Error(`bad day '${bad.name}' (${bad.because}): ${said}\n${reach.life().log().slice(-3000)}`, {
      cause: error,
    });
  } finally {
    await end?.();
    reach.life().kill();
  }
}

function nameFor(subject: Subject, word: string, day: number): string {
  return subject.kind === 'PrivateDnsZone' ? `${word}${day}.test` : `${word}${day}`;
}

/** Azure has exactly what was wished for: each once, with the last edit. */
function judge(
  ground: Ground,
  at: {
    readonly subscription: string;
    readonly kept: readonly One[];
    readonly group: One;
    readonly edited: readonly One[];
  },
): void {
  const there = ground.emulator.resources().filter((id) => id.includes(at.subscription));
  if (there.length !== at.kept.length)
    throw new Error(`Azure should have ${at.kept.length} resources and has ${there.length}: ${there.join(' ')}`);
  for (const one of at.edited) {
    const id = there.find((held) => held.includes(one.subject.armType) && held.endsWith(`/${one.name}`)) ?? '';
    const { edit } = membersOf(membersOf(ground.emulator.resource(id)).tags);
    if (edit !== '2') throw new Error(`${one.subject.kind} ${one.name} should have edit 2 and has ${String(edit)}`);
  }
}

/** The most that one object cost in any one minute since the fault began, on the wire to Azure and to the API server. */
function worst(of: {
  readonly ground: Ground;
  readonly lives: readonly Life[];
  readonly ones: readonly One[];
  readonly subscription: string;
  readonly from: number;
}): Omit<Worst, 'restMs'> {
  const azure = of.ground.emulator
    .journal()
    .filter((entry) => entry.at >= of.from && entry.url.includes(of.subscription));
  const kube = of.lives.flatMap((life) => life.requests).filter((seen) => seen.door === 'kube' && seen.at >= of.from);
  const polls = azure.filter(
    (entry) => /operation/i.test(entry.url.split('?')[0] ?? '') || entry.url.includes('monitor=true'),
  );
  // Polls do not name the resource: each object has its share of them.
  const pollsEach = mostInAMinute(polls.map((entry) => entry.at)) / of.ones.length;
  const most = (count: (one: One) => number): number => Math.max(...of.ones.map(count));
  return {
    azure: Math.ceil(
      pollsEach +
        most((one) =>
          mostInAMinute(
            azure
              .filter(
                (entry) =>
                  new RegExp(`/${one.name}(/[a-z]+)?(\\?|$)`, 'i').test(entry.url) &&
                  entry.url.includes(one.subject.armType),
              )
              .map((entry) => entry.at),
          ),
        ),
    ),
    kube: most((one) =>
      mostInAMinute(
        kube.filter((seen) => seen.path.includes(`/${one.subject.plural}/${one.name}`)).map((seen) => seen.at),
      ),
    ),
  };
}

function mostInAMinute(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  let first = 0;
  let most = 0;
  sorted.forEach((at, index) => {
    while ((sorted[first] ?? at) < at - 60_000) first += 1;
    most = Math.max(most, index - first + 1);
  });
  return most;
}
