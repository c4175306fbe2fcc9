// What the API server said when it refused, as a sentence for a person. Pure.

import { isObject } from '../values/json.ts';
import type { KubeAnswer } from './types.ts';

/** The Service that the original's webhooks are behind (contract section 1). */
export const ORIGINAL_WEBHOOK_SERVICE = 'azureserviceoperator-webhook-service';

const LEFT_BEHIND =
  'the webhook configurations of the original operator are still in the cluster and nobody answers them; `asoctl clean webhooks` deletes them';

/**
 * The message of a refusal, without one its HTTP status. Webhooks that an installation by plain manifests leaves behind block every
 * write: what the API server says of them does not tell what to do, so that is added.
 */
export function refusalOf(answer: KubeAnswer): string {
  const said =
    isObject(answer.body) && typeof answer.body.message === 'string' ? answer.body.message : `HTTP ${answer.status}`;
  const isLeftBehind = said.includes('failed calling webhook') && said.includes(`//${ORIGINAL_WEBHOOK_SERVICE}.`);
  return isLeftBehind ? `${said} (${LEFT_BEHIND})` : said;
}
