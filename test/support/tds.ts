// A recorder that speaks as much TDS 7.4 as a client needs to log in over TLS, ask and be answered: what came over the wire is kept.
// It knows no SQL: rows are what the test says. Source: the protocol's open specification, [MS-TDS] 2.2.

import { createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import { type Certificate, makeCertificate } from '../../src/values/certificate.ts';

const PORT = 1433;
const TYPE = { batch: 0x01, call: 0x03, answer: 0x04, login: 0x10, prelogin: 0x12 } as const;
const ENCRYPTION = { on: 1, notSupported: 2 } as const;
const END_OF_MESSAGE = 1;
const PACKET = 4096;
const HEADER = 8;

/** What a client asked: a batch as it stands, or a statement with its parameters by name. */
export interface Asked {
  readonly text: string;
  readonly values: Readonly<Record<string, string>>;
}

export interface TdsRecorder {
  readonly host: string;
  readonly caPem: string;
  readonly logins: readonly {
    readonly user: string;
    readonly password: string;
    readonly database: string;
    readonly tls: string;
  }[];
  readonly asked: readonly Asked[];
  /** Bytes of clients before any encryption. */
  readonly clearText: () => Buffer;
  readonly stop: () => Promise<void>;
}

export interface TdsOptions {
  readonly encryption?: keyof typeof ENCRYPTION;
  /** A certificate for somebody else's name. */
  readonly isImpostor?: boolean;
  /** Rows of one column `name`, or a refusal with the server's number and words. */
  readonly answer: (asked: Asked) => readonly string[] | { readonly number: number; readonly message: string };
}

/** Listens on a loopback address of its own, as the port is fixed. */
export async function startTds(options: TdsOptions): Promise<TdsRecorder> {
  const host = `127.${1 + Math.floor(Math.random() * 250)}.${Math.floor(Math.random() * 250)}.${1 + Math.floor(Math.random() * 250)}`;
  const certificate = await makeCertificate({
    now: Date.now(),
    days: 1,
    issuer: `tds ${host}`,
    dnsNames: ['elsewhere.example'],
    ipAddresses: options.isImpostor === true ? [] : [host],
  });
  const logins: TdsRecorder['logins'][number][] = [];
  const asked: Asked[] = [];
  const clear: Buffer[] = [];
  const sockets = new Set<Socket>();

  const afterTls = (tls: TLSSocket): void => {
    onMessages(tls, (type, body) => {
      if (type === TYPE.login) {
        logins.push({ ...readLogin(body), tls: tls.getProtocol() ?? '' });
        tls.write(packets(TYPE.answer, Buffer.concat([loginAck(), done()])));
        return;
      }
      const question = type === TYPE.batch ? readBatch(body) : readCall(body);
      // The client library sets its session up by itself.
      const isSetUp =
        /^set (ansi|textsize|language|dateformat|datefirst|arithabort|concat|implicit|cursor|lock|quoted|transaction|xact)/i.test(
          question.text,
        );
      if (!isSetUp) asked.push(question);
      tls.write(packets(TYPE.answer, isSetUp ? done() : answerOf(options.answer(question))));
    });
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.once('data', (hello: Buffer) => {
      clear.push(hello);
      socket.write(packets(TYPE.answer, prelogin(ENCRYPTION[options.encryption ?? 'on'])));
      if (options.encryption === 'notSupported') socket.on('data', (chunk: Buffer) => clear.push(chunk));
      else afterTls(tlsOver(socket, certificate));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(PORT, host, resolve);
  });
  return {
    host,
    caPem: certificate.caPem,
    logins,
    asked,
    clearText: () => Buffer.concat(clear),
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** While they shake hands, TLS records travel inside packets of their own, one message for each flight; then packets travel inside TLS. */
function tlsOver(socket: Socket, certificate: Certificate): TLSSocket {
  let flight: Buffer[] = [];
  const send = (): void => {
    const records = Buffer.concat(flight);
    flight = [];
    if (records.length > 0) socket.write(packets(TYPE.prelogin, records));
  };
  const APPLICATION_DATA = 0x17;
  const carrier = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, sent) => {
      if (chunk[0] === APPLICATION_DATA) socket.write(chunk);
      else {
        flight.push(chunk);
        setImmediate(send);
      }
      sent();
    },
  });
  let held = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held[0] === TYPE.prelogin && held.length >= HEADER && held.length >= held.readUInt16BE(2)) {
      carrier.push(held.subarray(HEADER, held.readUInt16BE(2)));
      held = held.subarray(held.readUInt16BE(2));
    }
    if (held.length === 0 || held[0] === TYPE.prelogin) return;
    carrier.push(held);
    held = Buffer.alloc(0);
  });
  socket.on('close', () => carrier.destroy());
  const secureContext = createSecureContext({ cert: certificate.certPem, key: certificate.keyPem });
  const tls = new TLSSocket(carrier, { isServer: true, secureContext });
  tls.on('error', () => socket.destroy());
  return tls;
}

/** Calls back with each whole message. */
function onMessages(stream: Duplex, heard: (type: number, body: Buffer) => void): void {
  let held = Buffer.alloc(0);
  let body: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= HEADER && held.length >= held.readUInt16BE(2)) {
      const [packet, rest] = [held.subarray(0, held.readUInt16BE(2)), held.subarray(held.readUInt16BE(2))];
      held = rest;
      body.push(packet.subarray(HEADER));
      if (((packet[1] ?? 0) & END_OF_MESSAGE) === 0) continue;
      heard(packet[0] ?? 0, Buffer.concat(body));
      body = [];
    }
  });
}

function packets(type: number, body: Buffer): Buffer {
  const made: Buffer[] = [];
  for (let at = 0; at < body.length; at += PACKET - HEADER) {
    const part = body.subarray(at, at + PACKET - HEADER);
    const header = Buffer.alloc(HEADER);
    header[0] = type;
    header[1] = at + part.length >= body.length ? END_OF_MESSAGE : 0;
    header.writeUInt16BE(part.length + HEADER, 2);
    made.push(header, part);
  }
  return Buffer.concat(made);
}

/** Options VERSION and ENCRYPTION. */
function prelogin(encryption: number): Buffer {
  return Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff, 16, 0, 0, 0, 0, 0, encryption]);
}

const ucs2 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const bVarChar = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), ucs2(text)]);

function uint16(value: number): Buffer {
  const made = Buffer.alloc(2);
  made.writeUInt16LE(value);
  return made;
}

function token(kind: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([kind]), uint16(content.length), content]);
}

function loginAck(): Buffer {
  return token(
    0xad,
    Buffer.concat([Buffer.from([1, 0x74, 0, 0, 4]), bVarChar('recorder'), Buffer.from([16, 0, 0, 0])]),
  );
}

function done(status = 0): Buffer {
  return Buffer.from([0xfd, status, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
}

function answerOf(answer: ReturnType<TdsOptions['answer']>): Buffer {
  if ('number' in answer) {
    const number = Buffer.alloc(4);
    number.writeInt32LE(answer.number);
    const words = Buffer.concat([uint16(answer.message.length), ucs2(answer.message), bVarChar(''), bVarChar('')]);
    const error = Buffer.concat([number, Buffer.from([1, 16]), words, Buffer.alloc(4)]);
    return Buffer.concat([token(0xaa, error), done(2)]);
  }
  const collation = Buffer.from([9, 4, 0xd0, 0, 0x34]);
  const type = Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 0xe7]), uint16(256), collation]);
  const columns = Buffer.concat([Buffer.from([0x81]), uint16(1), type, bVarChar('name')]);
  const rows = answer.map((name) => Buffer.concat([Buffer.from([0xd1]), uint16(name.length * 2), ucs2(name)]));
  return Buffer.concat([columns, ...rows, done()]);
}

function readLogin(body: Buffer): { readonly user: string; readonly password: string; readonly database: string } {
  const bytes = (at: number): Buffer => {
    const begin = body.readUInt16LE(at);
    return body.subarray(begin, begin + body.readUInt16LE(at + 2) * 2);
  };
  // Swapped halves, then exclusive or: no secret, which is why TLS is.
  const plain = bytes(44).map((byte) => ((byte ^ 0xa5) << 4) | ((byte ^ 0xa5) >> 4));
  return {
    user: bytes(40).toString('utf16le'),
    password: Buffer.from(plain).toString('utf16le'),
    database: bytes(68).toString('utf16le'),
  };
}

const afterHeaders = (body: Buffer): Buffer => body.subarray(body.readUInt32LE(0));

function readBatch(body: Buffer): Asked {
  return { text: afterHeaders(body).toString('utf16le'), values: {} };
}

/** sp_executesql with parameters of type nvarchar: the statement, the declarations, the values. */
function readCall(body: Buffer): Asked {
  const call = afterHeaders(body);
  // 0xFFFF and the number of the procedure, two bytes of options.
  let at = 6;
  const read: (readonly [name: string, value: string])[] = [];
  while (at < call.length) {
    const nameLength = (call[at] ?? 0) * 2;
    const name = call.subarray(at + 1, at + 1 + nameLength).toString('utf16le');
    at += 1 + nameLength + 1;
    if (call[at] !== 0xe7) throw new Error(`a parameter is of type ${call[at]}, and only nvarchar is known`);
    const isLong = call.readUInt16LE(at + 1) === 0xffff;
    at += 8;
    const length = isLong ? call.readUInt32LE(at + 8) : call.readUInt16LE(at);
    at += isLong ? 12 : 2;
    read.push([name, call.subarray(at, at + length).toString('utf16le')]);
    at += length + (isLong ? 4 : 0);
  }
  const [statement, , ...values] = read;
  return { text: statement?.[1] ?? '', values: Object.fromEntries(values) };
}
