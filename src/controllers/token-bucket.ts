// RATE_LIMIT_MODE bucket: so many passes a second, with a burst.

/** Each call takes a token when there is one. */
export function tokenBucket(limit: { readonly qps: number; readonly burst: number }, now: () => number): () => boolean {
  let tokens = limit.burst;
  let at = now();
  return () => {
    const then = now();
    tokens = Math.min(limit.burst, tokens + ((then - at) / 1000) * limit.qps);
    at = then;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
