// What an answer of the emulator is computed from.

import type { Catalogue } from './catalogue.ts';
import type { EmulatorSettings } from './settings.ts';
import type { State } from './state.ts';

export interface World {
  readonly state: State;
  readonly settings: EmulatorSettings;
  readonly catalogue: Catalogue;
  readonly now: number;
  /** What becomes of an operation that this request starts, when a fault says so. */
  readonly operationFault?: 'never ends' | { readonly code: string; readonly message: string };
}
