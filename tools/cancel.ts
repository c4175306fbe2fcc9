// Ctrl-C: a signal that is aborted at the first SIGINT or SIGTERM; a second one ends the process at once.
// The listeners stay: the control plane's library re-raises a signal that nobody else listens to, and everything would end mid-sentence.

/** Aborted when the user wants out. */
export function cancelled(): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    });
  }
  return stop.signal;
}

/** For commands without an order of their own to stop in: the first Ctrl-C ends the process, and with it what it started. */
export function exitWhenCancelled(): void {
  const signal = cancelled();
  signal.addEventListener('abort', () => process.exit(130), { once: true });
}
