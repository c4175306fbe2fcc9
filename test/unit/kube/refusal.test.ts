import { describe, expect, it } from 'vitest';
import { refusalOf } from '../../../src/kube/refusal.ts';

describe('what a refusal says', () => {
  it.each([
    { answer: { status: 409, body: { message: 'it changed' } }, said: 'it changed', because: 'the server said it' },
    { answer: { status: 502, body: undefined }, said: 'HTTP 502', because: 'there is nothing else to say' },
    {
      answer: {
        status: 500,
        body: { message: 'failed calling webhook "a.example.com": Post "https://policy.team.svc"' },
      },
      said: 'failed calling webhook "a.example.com": Post "https://policy.team.svc"',
      because: "it is another program's webhook",
    },
  ])('$said, because $because', ({ answer, said }) => {
    expect(refusalOf(answer)).toBe(said);
  });

  it('of a webhook that the original left behind adds what deletes it', () => {
    const message =
      'failed calling webhook "validate.v1.users.sql.azure.com": failed to call webhook: Post "https://azureserviceoperator-webhook-service.aso.svc:443/validate": connect: connection refused';
    expect(refusalOf({ status: 500, body: { message } })).toBe(
      `${message} (the webhook configurations of the original operator are still in the cluster and nobody answers them; \`asoctl clean webhooks\` deletes them)`,
    );
  });
});
