// Chance that follows from a seed, so that a history can be played again. mulberry32.

export interface Chance {
  /** From 0 to below 1. */
  readonly next: () => number;
  /** A whole number from 0 to below `n`. */
  readonly below: (n: number) => number;
  readonly isLess: (share: number) => boolean;
  readonly one: <T>(of: readonly T[]) => T;
}

export function chanceOf(seed: number): Chance {
  let state = (seed * 0x9e3779b1) | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    next,
    below,
    isLess: (share) => next() < share,
    one: (of) => {
      const chosen = of[below(of.length)];
      if (chosen === undefined) throw new Error('one of nothing was asked for');
      return chosen;
    },
  };
}
