// What the metrics server serves: metrics, and CPU profiles when they are asked for. Where to start: `metricsPages`.

import { type Profiler, Session } from 'node:inspector/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Registry } from 'prom-client';
import { type Page, type PageRequest, type Pages, plain } from './probes.ts';

const DEFAULT_SECONDS = 30;
const MAX_SECONDS = 120;
const INDEX = [
  '/debug/pprof/profile?seconds=30  CPU profile as .cpuprofile (JSON): open it in Chrome DevTools or with speedscope',
  '/debug/pprof/cmdline             the command line',
  '',
  'There are no heap, goroutine, symbol and trace pages: the runtime is Node, and a picture of its heap would show credentials.',
  '',
].join('\n');

export function metricsPages(registry: Registry): Pages {
  return async ({ path }) =>
    path === '/metrics' ? { status: 200, type: registry.contentType, text: await registry.metrics() } : undefined;
}

/** Pages below /debug/pprof/, the original's paths. One profile at a time. */
export function profilePages(): Pages {
  let isBusy = false;
  return async (request) => {
    if (request.path === '/debug/pprof/') return plain(200, INDEX);
    if (request.path === '/debug/pprof/cmdline') return plain(200, process.argv.join('\0'));
    if (request.path !== '/debug/pprof/profile') return undefined;
    if (isBusy) return plain(409, 'another profile is being taken');
    isBusy = true;
    try {
      return await profilePage(request);
    } finally {
      isBusy = false;
    }
  };
}

/** The first pages that have an answer give it. */
export function eitherPages(...all: readonly Pages[]): Pages {
  return async (request) => {
    for (const pages of all) {
      const page = await pages(request);
      if (page !== undefined) return page;
    }
    return undefined;
  };
}

async function profilePage({ query }: PageRequest): Promise<Page> {
  const text = query.get('seconds') ?? String(DEFAULT_SECONDS);
  const seconds = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds >= 1 && seconds <= MAX_SECONDS))
    return plain(400, `seconds is '${text.slice(0, 20)}'; allowed: a whole number from 1 to ${MAX_SECONDS}`);
  return { status: 200, type: 'application/json', text: JSON.stringify(await cpuProfile(seconds * 1000)) };
}

async function cpuProfile(forMs: number): Promise<Profiler.Profile> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await sleep(forMs, undefined, { ref: false });
    return (await session.post('Profiler.stop')).profile;
  } finally {
    session.disconnect();
  }
}
