// A forward proxy that knows CONNECT and nothing else, and leads every host to one port of this machine: names need no DNS.

import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ConnectProxy {
  readonly url: string;
  /** 'host:port' of every tunnel that was asked for. */
  readonly tunnels: readonly string[];
  /** What Proxy-Authorization said, decoded. */
  readonly logins: readonly string[];
  readonly stop: () => Promise<void>;
}

/** Without a port every tunnel is refused. */
export async function connectProxy(port?: number): Promise<ConnectProxy> {
  const tunnels: string[] = [];
  const logins: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request, client: Socket, head: Buffer) => {
    tunnels.push(request.url ?? '');
    const login = request.headers['proxy-authorization'];
    if (login !== undefined) logins.push(Buffer.from(login.replace(/^Basic /, ''), 'base64').toString());
    if (port === undefined) {
      client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const target = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) target.write(head);
      target.pipe(client).pipe(target);
    });
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.once('close', () => sockets.delete(socket));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    logins,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
