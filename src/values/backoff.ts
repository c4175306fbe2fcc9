/** The delay before try number `attempt` (0 is the first): doubling from `firstMs` to `capMs`. */
export function backoffMs(attempt: number, firstMs: number, capMs: number): number {
  return Math.min(capMs, firstMs * 2 ** Math.min(attempt, 30));
}
