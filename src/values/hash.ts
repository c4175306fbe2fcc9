// A fingerprint of a value: equal values have equal ones, whatever the order of their members.

import { createHash } from 'node:crypto';
import { stableText } from './json.ts';
import { mapSecrets, type Sealed } from './secret.ts';

/** SHA-256 in hex over the stable text of a value; a secret leaf counts by its own digest, so a changed password changes the hash. */
export function digestOf(value: Sealed): string {
  const text = stableText(mapSecrets(value, (secret) => `secret:${secret.digest()}`));
  return createHash('sha256').update(text).digest('hex');
}
