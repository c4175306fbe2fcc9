// Which reconcile policy holds for an object: its own annotation, else its namespace's, else the operator's default.

export type ReconcilePolicy = 'manage' | 'skip' | 'detach-on-delete';

const POLICIES: readonly ReconcilePolicy[] = ['manage', 'skip', 'detach-on-delete'];

/** True for a word that is a policy; the words are case-sensitive. */
function isPolicy(word: string | undefined): word is ReconcilePolicy {
  return POLICIES.some((policy) => policy === word);
}

export interface PolicySources {
  readonly object: string | undefined;
  readonly namespace: string | undefined;
  readonly fallback: ReconcilePolicy;
}

/** The policy, and a complaint when a word was not one: such a word falls back to the operator's default, as in the original. */
export function choosePolicy(sources: PolicySources): { policy: ReconcilePolicy; complaint?: string } {
  const word = sources.object || sources.namespace || '';
  if (word === '') return { policy: sources.fallback };
  if (isPolicy(word)) return { policy: word };
  const where = sources.object ? 'the object' : 'its namespace';
  return {
    policy: sources.fallback,
    complaint: `reconcile-policy '${word}' on ${where} is not one of ${POLICIES.join(', ')}; '${sources.fallback}' is used`,
  };
}
