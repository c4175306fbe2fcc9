// Ctrl-C: a signal that is aborted at the first SIGINT or SIGTERM; a second one ends the process at once.
// The listeners stay: the control plane's library re-raises a signal that nobody else listens to, and everything would end mid-sentence.

let stop: AbortController | undefined;

/** Aborted when the user wants out; the same signal for all who ask. */
export function cancelled(): AbortSignal {
  if (stop !== undefined) return stop.signal;
  const made = new AbortController();
  stop = made;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (made.signal.aborted) process.exit(130);
      made.abort();
    });
  }
  return made.signal;
}
