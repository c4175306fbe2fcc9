// Some kinds refuse or break when they, or their owner, are busy: then the PUT waits.

import { type ArmRequest, get } from '../../arm/request.ts';
import { apiVersionOf } from '../../kinds/kind.ts';
import { memberAt } from '../../values/json.ts';
import type { Action } from '../action.ts';
import * as names from '../annotations.ts';
import { classifyAnswer } from '../classify.ts';
import { asked, bodyOf, isOk } from '../facts.ts';
import { warning } from '../failure.ts';
import type { Asked, Observed } from '../observed.ts';
import { reportFailure, softened } from '../report.ts';
import type { Rule } from '../rule.ts';
import { owesPut } from './apply.ts';
import { type Look, lookAtSelf } from './look.ts';

/** Looks at what the kind's arm-map names, and reports what is busy. */
export const blocked: Rule = (observed) => {
  if (!owesPut(observed) || asked(observed, 'put') !== undefined) return undefined;
  for (const row of observed.kind.map.blockedBy ?? []) {
    const look = row.of === 'owner' ? lookAtOwner(observed) : lookAtSelf(observed, 'is the resource busy?');
    if (look === undefined) continue;
    if (look.do !== 'answer') return look;
    const unread = unreadable(observed, look.asked);
    if (unread !== undefined) return unread;
    const state = stateAt(look.asked, row.at);
    if (state === undefined) continue;
    const lower = state.toLowerCase();
    const isBusy =
      row.when === undefined
        ? !(row.unless ?? []).some((word) => word.toLowerCase() === lower)
        : row.when.some((word) => word.toLowerCase() === lower);
    if (!isBusy) continue;
    const whose = row.of === 'owner' ? 'its owner' : 'the resource';
    return reportFailure(
      observed,
      warning(
        'ReconciliationBlocked',
        `${whose} has ${row.at} '${state}' in Azure; the update waits until that is over`,
      ),
      `${whose} is busy`,
    );
  }
  return undefined;
};

function lookAtOwner(observed: Observed): Action | Look | undefined {
  const seen = asked(observed, 'owner');
  if (seen !== undefined) return { do: 'answer', asked: seen };
  const request = ownerRequest(observed);
  return request === undefined ? undefined : { do: 'send', why: 'is the owner busy?', request, fills: 'owner' };
}

/** An owner object is read in the version it was applied in, one given by ARM id in its kind's newest. */
function ownerRequest({ owner }: Observed): ArmRequest | undefined {
  if (owner.state === 'arm') {
    const apiVersion = owner.kind === undefined ? undefined : apiVersionOf(owner.kind, owner.kind.storage);
    return apiVersion === undefined ? undefined : get(owner.id, apiVersion);
  }
  if (owner.state !== 'object') return undefined;
  const annotations = owner.object.metadata.annotations ?? {};
  const id = annotations[names.RESOURCE_ID];
  const apiVersion = apiVersionOf(owner.kind, annotations[names.ORIGINAL_VERSION] ?? '');
  return id === undefined || apiVersion === undefined ? undefined : get(id, apiVersion);
}

/** What cannot be looked at may be busy; what is not there is not. */
function unreadable(observed: Observed, { answer }: Asked): Action | undefined {
  if (!('lost' in answer) && (isOk(answer) || answer.status === 404)) return undefined;
  const failure = softened(classifyAnswer(answer, observed.kind.map));
  return reportFailure(observed, failure, 'whether Azure is busy with it could not be read');
}

/** A status path is found below `properties` where the kind flattens it, else as it stands. */
function stateAt(seen: Asked, path: string): string | undefined {
  if ('lost' in seen.answer || !isOk(seen.answer)) return undefined;
  const body = bodyOf(seen.answer);
  const members = path.split('/');
  const state = memberAt(body, members) ?? memberAt(body, ['properties', ...members]);
  return typeof state === 'string' ? state : undefined;
}
