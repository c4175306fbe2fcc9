// The queue of names: one slot each, earliest time wins, three lanes. A class: identity, mutable state and a lifecycle meet here.
//
// Expected flow: add(name) → take() when it is due and a worker is free → done(name). A name added while it is being worked on waits
// until it is done and comes again. Guarantees: never two passes on one name; an edit overtakes background work that is due.

export type Lane = 'edit' | 'retry' | 'background';

const LANES: readonly Lane[] = ['edit', 'retry', 'background'];

/** How soon a name that was held back is considered again, when nothing ends meanwhile. */
const HELD_MS = 100;

interface Slot {
  readonly name: string;
  lane: Lane;
  dueAt: number;
  /** Position in the heap of waiting slots; -1 when it is ready or being worked on. */
  at: number;
}

export interface Clock {
  readonly now: () => number;
  /** Calls back once after so many milliseconds; gives the way to cancel it. */
  readonly after: (ms: number, call: () => void) => () => void;
}

export interface QueueOptions {
  readonly clock: Clock;
  /** How many names may be worked on at once. */
  readonly workers: number;
  /** May this name begin now? Asked again when another ends. */
  readonly mayBegin?: (name: string) => boolean;
  readonly work: (name: string, lane: Lane) => Promise<void>;
  /** Hears of every wish for a pass, for metrics. */
  readonly onAdded?: (name: string, lane: Lane) => void;
  /** Hears how long a name that was due waited for its worker, for metrics. */
  readonly onBegun?: (name: string, waitedMs: number) => void;
}

export class Queue {
  readonly #options: QueueOptions;
  readonly #slots = new Map<string, Slot>();
  readonly #waiting: Slot[] = [];
  readonly #ready: Record<Lane, Set<string>> = { edit: new Set(), retry: new Set(), background: new Set() };
  readonly #working = new Set<string>();
  /** What was asked for a name while it was being worked on. */
  readonly #again = new Map<string, { lane: Lane; dueAt: number }>();
  #cancelTimer: (() => void) | undefined;
  #isOpen = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Begins to hand out names; before, they only gather. */
  open(): void {
    this.#isOpen = true;
    this.#turn();
  }

  /** Hands out no more names and resolves when the last running one is done. */
  async close(): Promise<void> {
    this.#isOpen = false;
    this.#cancelTimer?.();
    await Promise.allSettled([...this.#running]);
  }

  readonly #running = new Set<Promise<void>>();

  /** Names that wait, are ready, or are being worked on. */
  get size(): number {
    return this.#slots.size + this.#working.size;
  }

  /** Names that are due and wait for a worker. */
  *readyNames(): Generator<string> {
    for (const lane of LANES) yield* this.#ready[lane];
  }

  /** Asks for a pass over a name after so many milliseconds. A slot that is due earlier keeps its time; the more urgent lane wins. */
  add(name: string, lane: Lane, afterMs = 0): void {
    const dueAt = this.#options.clock.now() + afterMs;
    this.#options.onAdded?.(name, lane);
    if (this.#working.has(name)) {
      const asked = this.#again.get(name);
      this.#again.set(
        name,
        asked === undefined
          ? { lane, dueAt }
          : { lane: moreUrgent(asked.lane, lane), dueAt: Math.min(asked.dueAt, dueAt) },
      );
      return;
    }
    const slot = this.#slots.get(name);
    if (slot === undefined) this.#wait({ name, lane, dueAt, at: -1 });
    else this.#hasten(slot, lane, dueAt);
    this.#turn();
  }

  /** Forgets a name: its object is gone. */
  drop(name: string): void {
    this.#again.delete(name);
    const slot = this.#slots.get(name);
    if (slot === undefined) return;
    this.#slots.delete(name);
    for (const lane of LANES) this.#ready[lane].delete(name);
    if (slot.at >= 0) this.#pull(slot);
  }

  #wait(slot: Slot): void {
    this.#slots.set(slot.name, slot);
    slot.at = this.#waiting.push(slot) - 1;
    this.#rise(slot.at);
  }

  #hasten(slot: Slot, lane: Lane, dueAt: number): void {
    if (slot.at < 0) {
      this.#ready[slot.lane].delete(slot.name);
      slot.lane = moreUrgent(slot.lane, lane);
      this.#ready[slot.lane].add(slot.name);
      return;
    }
    // A later wish does not put off an earlier one, and the lane belongs to the wish that is due.
    if (dueAt > slot.dueAt) return;
    slot.lane = moreUrgent(slot.lane, lane);
    slot.dueAt = dueAt;
    this.#rise(slot.at);
  }

  #turn(): void {
    if (!this.#isOpen) return;
    const now = this.#options.clock.now();
    for (let slot = this.#waiting[0]; slot !== undefined && slot.dueAt <= now; slot = this.#waiting[0]) {
      this.#pull(slot);
      this.#ready[slot.lane].add(slot.name);
    }
    let isHeld = false;
    for (const lane of LANES) {
      for (const name of this.#ready[lane]) {
        if (this.#working.size >= this.#options.workers) {
          this.#arm();
          return;
        }
        if (this.#options.mayBegin?.(name) === false) {
          isHeld = true;
          continue;
        }
        this.#ready[lane].delete(name);
        this.#options.onBegun?.(name, now - (this.#slots.get(name)?.dueAt ?? now));
        this.#begin(name, lane);
      }
    }
    this.#arm(isHeld ? now : undefined);
  }

  #begin(name: string, lane: Lane): void {
    this.#slots.delete(name);
    this.#working.add(name);
    const run = this.#options
      .work(name, lane)
      .catch(() => undefined)
      .then(() => {
        this.#running.delete(run);
        this.#working.delete(name);
        const asked = this.#again.get(name);
        this.#again.delete(name);
        if (asked !== undefined) this.#wait({ name, ...asked, at: -1 });
        this.#turn();
      });
    this.#running.add(run);
  }

  /** Wakes up when the earliest waiting slot is due. */
  #arm(heldAt?: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const now = this.#options.clock.now();
    const dueAt = Math.min(
      this.#waiting[0]?.dueAt ?? Number.POSITIVE_INFINITY,
      heldAt === undefined ? Number.POSITIVE_INFINITY : heldAt + HELD_MS,
    );
    if (dueAt !== Number.POSITIVE_INFINITY)
      this.#cancelTimer = this.#options.clock.after(Math.max(0, dueAt - now), () => this.#turn());
  }

  #pull(slot: Slot): void {
    const last = this.#waiting.pop();
    if (last !== undefined && last !== slot) {
      this.#waiting[slot.at] = last;
      last.at = slot.at;
      this.#rise(last.at);
      this.#sink(last.at);
    }
    slot.at = -1;
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfLater(parent, at)) return;
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      const leftDue = this.#waiting[left]?.dueAt ?? Number.POSITIVE_INFINITY;
      const child = (this.#waiting[right]?.dueAt ?? Number.POSITIVE_INFINITY) < leftDue ? right : left;
      if (!this.#swapIfLater(at, child)) return;
      at = child;
    }
  }

  #swapIfLater(upper: number, lower: number): boolean {
    const a = this.#waiting[upper];
    const b = this.#waiting[lower];
    if (a === undefined || b === undefined || a.dueAt <= b.dueAt) return false;
    this.#waiting[upper] = b;
    this.#waiting[lower] = a;
    b.at = upper;
    a.at = lower;
    return true;
  }
}

function moreUrgent(a: Lane, b: Lane): Lane {
  return LANES.indexOf(a) <= LANES.indexOf(b) ? a : b;
}
