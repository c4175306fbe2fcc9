// The webhook configurations of the original operator. An installation by plain manifests leaves them behind when its Deployment goes,
// and then every write of an object is refused, ours too: the API server asks a Service that nobody answers.

import { ORIGINAL_WEBHOOK_SERVICE, refusalOf } from '../kube/refusal.ts';
import type { KubeSend } from '../kube/types.ts';
import { isObject, type JsonObject } from '../values/json.ts';
import { itemsOf, ReadRefused } from './crd.ts';

const PATH = '/apis/admissionregistration.k8s.io/v1';
const PLURALS = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'] as const;

export interface WebhookConfiguration {
  readonly plural: (typeof PLURALS)[number];
  readonly name: string;
  readonly uid: string;
  readonly webhooks: number;
  /** Some of its webhooks are another program's: it is not for us to delete. */
  readonly isShared: boolean;
}

/** Those that ask the original's Service, found by that and not by name: there was one pair, later a pair for each group. */
export async function originalWebhooks(send: KubeSend, signal: AbortSignal): Promise<readonly WebhookConfiguration[]> {
  const lists = PLURALS.map(async (plural) => {
    const answer = await send({ verb: 'GET', path: `${PATH}/${plural}` }, signal);
    if (answer.status !== 200) throw new ReadRefused(`the ${plural} of the cluster`, answer);
    return itemsOf(answer).flatMap((item) => configurationOf(plural, item) ?? []);
  });
  return (await Promise.all(lists)).flat();
}

function configurationOf(plural: WebhookConfiguration['plural'], item: JsonObject): WebhookConfiguration | undefined {
  const metadata = isObject(item.metadata) ? item.metadata : {};
  const webhooks = Array.isArray(item.webhooks) ? item.webhooks.filter(isObject) : [];
  const asking = webhooks.filter(asksOriginal).length;
  if (asking === 0) return undefined;
  return {
    plural,
    name: String(metadata.name),
    uid: String(metadata.uid),
    webhooks: webhooks.length,
    isShared: asking < webhooks.length,
  };
}

function asksOriginal(webhook: JsonObject): boolean {
  const { service } = isObject(webhook.clientConfig) ? webhook.clientConfig : {};
  return isObject(service) && service.name === ORIGINAL_WEBHOOK_SERVICE;
}

/** Undefined when it is gone, else why it is not. */
export async function deleteWebhooks(
  send: KubeSend,
  { plural, name, uid }: WebhookConfiguration,
  signal: AbortSignal,
): Promise<string | undefined> {
  // One that was made anew meanwhile belongs to somebody who is at work.
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } };
  const answer = await send({ verb: 'DELETE', path: `${PATH}/${plural}/${name}`, body }, signal);
  return answer.status < 300 || answer.status === 404 ? undefined : refusalOf(answer);
}
