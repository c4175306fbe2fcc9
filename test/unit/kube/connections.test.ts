// Connections whose other end has gone without a word are found out, and those that go on are left alone.

import { createServer as createHttp2, type Http2Server } from 'node:http2';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type Connections, cancel, openConnections } from '../../../src/kube/connections.ts';

const PACE = { connectMs: 5_000, pingEveryMs: 50, pingMs: 500 };
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Listens on loopback until the test is over; gives the port. */
function listening(server: Server | Http2Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    ends.push(() => void server.close());
  });
}

/** A server whose answers begin at once and never end, and the way to it, which can be made to swallow everything. */
async function far(): Promise<{ readonly connections: Connections; readonly swallow: () => void }> {
  const server = createHttp2((_request, answer) => answer.write('begun'));
  const port = await listening(server);
  const sockets: Socket[] = [];
  const way = createServer((near) => {
    const beyond = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [near, beyond],
      [beyond, near],
    ] as const) {
      sockets.push(from);
      from.on('data', (chunk) => void to.write(chunk));
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  const connections = openConnections(`http://127.0.0.1:${await listening(way)}`, {}, PACE);
  ends.push(() => {
    connections.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    connections,
    swallow: () => {
      for (const socket of sockets) socket.removeAllListeners('data').pause();
    },
  };
}

const opened = (connections: Connections) => {
  const stream = connections.open({ ':method': 'GET', ':path': '/' }, 'no-body');
  const begun = new Promise((resolve) => stream.once('data', resolve));
  const ended = new Promise<string>((resolve) => {
    stream.once('error', (error) => resolve(error.message));
  });
  return { stream, begun, ended };
};

it('a stream on a connection that answers no more ends with an error', async () => {
  const { connections, swallow } = await far();
  const { begun, ended } = opened(connections);
  await begun;
  swallow();
  expect(await ended).toContain('did not answer within 500 ms');
});

it('a connection that answers is kept, however often it is asked', async () => {
  const { connections } = await far();
  const { stream, begun } = opened(connections);
  await begun;
  let pings = 0;
  const session = stream.session;
  await new Promise<void>((resolve) => {
    const asked = setInterval(() => {
      session?.ping(() => {
        pings += 1;
      });
      if (pings < 5) return;
      clearInterval(asked);
      resolve();
    }, 2 * PACE.pingEveryMs);
  });
  expect(stream.destroyed).toBe(false);
  cancel(stream);
});

it('a connection that cannot be made in time is given up', async () => {
  // Accepts and says nothing: to the client of TLS that is a connection that is being made.
  const port = await listening(createServer((socket) => void ends.push(() => socket.destroy())));
  const connections = openConnections(`https://127.0.0.1:${port}`, {}, { ...PACE, connectMs: 50 });
  ends.push(() => connections.close());
  expect(await opened(connections).ended).toContain('no connection within 50 ms');
});
