// decide: chooses the next step for one object. Pure: same Observed, same Action. Read a list top to bottom; its order is the policy.
//
// A kind lives behind ARM or behind a backend of its own; the two lives share their beginning and their end.
//
// Expected flow of a creation: claim, put, (report while Azure works), read, keys, exports, settle. Of a deletion: remove until released.
// Guarantees: nothing is sent before the claim is stored; never two PUTs at once; every pass ends in at most 30 steps (pass.ts).
// Caveat: a rule that sends must look at the answer of what it sent first, else it would send for ever.

import type { Action } from './action.ts';
import type { Observed } from './observed.ts';
import type { Rule } from './rule.ts';
import { adopt } from './rules/adopt.ts';
import { accepted, current, put } from './rules/apply.ts';
import { ask, server, withdraw } from './rules/backend.ts';
import { credential, inputs, name, owner, subscription } from './rules/begin.ts';
import { blocked } from './rules/blocked.ts';
import { claim, noted, reclaim, rival } from './rules/claim.ts';
import { exports, keys } from './rules/export.ts';
import { after, read, settle } from './rules/finish.ts';
import { unpack } from './rules/inherit.ts';
import { operation, strayToken } from './rules/operation.ts';
import { detach, protect, remove, unborn } from './rules/remove.ts';
import { foreign, gone, homeless } from './rules/standing.ts';
import { throttled } from './rules/throttled.ts';

type Life = readonly (readonly [string, Rule])[];

const BEHIND_ARM: Life = [
  ['foreign', foreign],
  ['gone', gone],
  ['homeless', homeless],
  ['detach', detach],
  ['unborn', unborn],
  ['throttled', throttled],
  ['noted', noted],
  ['reclaim', reclaim],
  ['rival', rival],
  ['protect', protect],
  ['remove', remove],
  ['strayToken', strayToken],
  ['operation', operation],
  ['owner', owner],
  ['credential', credential],
  ['inputs', inputs],
  ['claim', claim],
  ['name', name],
  ['subscription', subscription],
  ['current', current],
  ['blocked', blocked],
  ['put', put],
  ['adopt', adopt],
  ['accepted', accepted],
  ['read', read],
  ['unpack', unpack],
  ['after', after],
  ['keys', keys],
  ['exports', exports],
  ['settle', settle],
];

const BEHIND_A_BACKEND: Life = [
  ['foreign', foreign],
  ['gone', gone],
  ['detach', detach],
  ['rival', rival],
  ['protect', protect],
  ['withdraw', withdraw],
  ['owner', owner],
  ['server', server],
  ['inputs', inputs],
  ['claim', claim],
  ['current', current],
  ['ask', ask],
  ['exports', exports],
  ['settle', settle],
];

/** The next action, with the name of the rule that chose it. */
export function decide(observed: Observed): { readonly rule: string; readonly action: Action } {
  const life = observed.kind.map.backend === undefined ? BEHIND_ARM : BEHIND_A_BACKEND;
  for (const [rule, look] of life) {
    const action = look(observed);
    if (action !== undefined) return { rule, action };
  }
  throw new Error('no rule answered; the last one always does');
}
