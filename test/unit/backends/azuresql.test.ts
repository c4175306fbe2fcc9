// What goes over the wire to Azure SQL: by the real client library to a recorder of its protocol, since no server can be had here. It
// shows login, encryption and texts; what a server makes of the texts it cannot show.

import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { backend } from '../../../src/backends/azuresql.ts';
import type { BackendAnswer, BackendRequest } from '../../../src/reconcile/backend.ts';
import { Secret } from '../../../src/values/secret.ts';
import { asking } from '../../support/backends.ts';
import { startTds, type TdsOptions, type TdsRecorder } from '../../support/tds.ts';

const KNOWN = getCACertificates('default');
const NEVER = new AbortController().signal;
const PASSWORD = "it's [hidden] ünd N'";
const ADMIN_PASSWORD = "admin's hidden §";

let server: TdsRecorder | undefined;
async function serving(options: Partial<TdsOptions> = {}): Promise<TdsRecorder> {
  server = await startTds({ answer: () => [], ...options });
  setDefaultCACertificates([...KNOWN, server.caPem]);
  return server;
}
afterEach(async () => {
  await server?.stop();
  setDefaultCACertificates(KNOWN);
});

function told(ask: BackendRequest['ask'], at: TdsRecorder, roles: readonly string[] = []): Promise<BackendAnswer> {
  const localUser = {
    serverAdminUsername: 'root',
    serverAdminPassword: new Secret(ADMIN_PASSWORD),
    password: new Secret(PASSWORD),
  };
  const request = asking(ask, { name: "o'b]x", localUser, roles }, { server: at.host, owner: 'orders' });
  return backend[ask](request, { credential: { ok: false, failure: {} as never }, signal: NEVER });
}

const isAboutUser = ({ text }: { readonly text: string }): boolean => text.includes('FROM sys.database_principals');

describe('a user of Azure SQL over the wire', () => {
  it('the administrator logs in to the owning database over TLS, and no password goes before it', async () => {
    const at = await serving();
    expect(await told('observe', at)).toEqual({ state: 'absent' });
    expect(at.logins).toEqual([{ user: 'root', password: ADMIN_PASSWORD, database: 'orders', tls: 'TLSv1.2' }]);
  });

  it('names go as values where it is looked, and quoted where it is run', async () => {
    const at = await serving({ answer: (asked) => (isAboutUser(asked) ? [] : ['db_owner']) });
    expect(await told('apply', at, ['db_datareader'])).toMatchObject({ state: 'present' });
    expect(at.asked.slice(0, 2).map(({ values }) => values)).toEqual([{ '@p0': "o'b]x" }, { '@p0': "o'b]x" }]);
    expect(at.asked.slice(2).map(({ text }) => text)).toEqual([
      "CREATE USER [o'b]]x] WITH PASSWORD = N'it''s [hidden] ünd N'''",
      "ALTER ROLE [db_owner] DROP MEMBER [o'b]]x]",
      "ALTER ROLE [db_datareader] ADD MEMBER [o'b]]x]",
    ]);
  });

  it('one that is there is found, gets its password anew, and is dropped', async () => {
    const at = await serving({ answer: (asked) => (isAboutUser(asked) ? ["o'b]x"] : []) });
    expect(await told('observe', at)).toMatchObject({ state: 'present' });
    expect(await told('apply', at)).toMatchObject({ state: 'present' });
    expect(await told('remove', at)).toEqual({ state: 'absent' });
    expect(at.asked.map(({ text }) => text).filter((text) => !text.startsWith('SELECT'))).toEqual([
      "ALTER USER [o'b]]x] WITH PASSWORD = N'it''s [hidden] ünd N'''",
      "DROP USER IF EXISTS [o'b]]x]",
    ]);
  });

  it("a refusal is told with the server's number, without a password", async () => {
    const message = `Password ${PASSWORD} is not strong enough`;
    const at = await serving({ answer: ({ text }) => (text.startsWith('CREATE') ? { number: 40_632, message } : []) });
    const answer = await told('apply', at);
    expect(answer).toMatchObject({ state: 'refused', failure: { severity: 'Warning', code: 'Failed' } });
    expect(JSON.stringify(answer)).toContain(`Azure SQL server '${at.host}': 40632: Password REDACTED is not`);
  });

  it("a statement that cannot be parsed is not told: the server's words may quote it", async () => {
    const answer = { number: 102, message: `Incorrect syntax near '${PASSWORD.slice(0, 8)}'` };
    const at = await serving({ answer: ({ text }) => (text.startsWith('CREATE') ? answer : []) });
    const refused = JSON.stringify(await told('apply', at));
    expect(refused).toContain('102: the server could not parse a statement');
    expect(refused).not.toContain('[hidden');
  });
});

describe('nobody but the server hears a password', () => {
  it('not one that takes no encryption', async () => {
    const at = await serving({ encryption: 'notSupported' });
    expect(await told('apply', at)).toMatchObject({ state: 'refused' });
    expect(at.logins).toEqual([]);
    expect(at.clearText().length).toBeLessThan(200);
  });

  it.each([
    ['whose certificate is for another name', { isImpostor: true }, true],
    ['whose authority is not known', {}, false],
  ] as const)('not one %s', async (_who, options, isTrusted) => {
    const at = await serving(options);
    if (!isTrusted) setDefaultCACertificates(KNOWN);
    expect(await told('apply', at)).toMatchObject({ state: 'refused' });
    expect(at.logins).toEqual([]);
  });
});
