// Real PostgreSQL and MariaDB servers for tests: found on the machine or installed from Debian's packages, started with a data folder that
// is thrown away, TLS with a CA of their own, on a loopback address of this process (their ports are fixed: kinds of users know no other).

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { makeCertificate } from '../src/values/certificate.ts';
import { until } from './platform.ts';

export const ADMIN = 'asoadmin';
/** Passwords of the administrator: with what quoting must survive. */
export const ADMIN_PASSWORD = `adm'in"\\pass`;
/** Administrator of MariaDB that logs in with a token, in the way Entra's plugin of Azure asks for one: as it is, over TLS. */
export const TOKEN_ADMIN = 'entra-admin';

export interface Database {
  /** Loopback address; the port is the product's own. */
  readonly host: string;
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

export interface Databases {
  readonly postgresql: Database;
  /** `token`: what TOKEN_ADMIN showed last; absent where nobody may say how it is looked at (PAM's settings are root's). */
  readonly mariadb: Database & { readonly token?: () => string };
  readonly caPem: string;
  readonly stop: () => Promise<void>;
}

interface Programs {
  readonly initdb: string;
  readonly postgres: string;
  readonly installDb: string;
  readonly mariadbd: string;
}

const PORTS = { postgresql: 5432, mariadb: 3306 } as const;
const isRoot = process.getuid?.() === 0;

/** Why the servers cannot be had on this machine, or undefined: they are here, or can be installed. */
export function whyNoDatabases(): string | undefined {
  if (process.platform !== 'linux') return 'they need more loopback addresses than one, which Linux has';
  if (findPrograms() !== undefined || (isRoot && existsSync('/usr/bin/apt-get'))) return undefined;
  return 'PostgreSQL and MariaDB are not installed, and only root of a Debian can install them (apt-get install postgresql mariadb-server)';
}

function findPrograms(): Programs | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const bin = versions
    .map((version) => join(root, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'initdb')));
  const found = {
    initdb: join(bin ?? '', 'initdb'),
    postgres: join(bin ?? '', 'postgres'),
    installDb: '/usr/bin/mariadb-install-db',
    mariadbd: '/usr/sbin/mariadbd',
  };
  return bin !== undefined && Object.values(found).every((path) => existsSync(path)) ? found : undefined;
}

function programs(say: (line: string) => void): Programs {
  const found = findPrograms();
  if (found !== undefined) return found;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', 'postgresql', 'mariadb-server'];
  // The list of packages may be absent, or older than what the mirror still has.
  for (const args of [install, ['update'], install]) {
    say(`apt-get ${args.join(' ')} (once)`);
    const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300'];
    const done = spawnSync('apt-get', [...options, ...args], { env, encoding: 'utf8', timeout: 600_000 });
    if (done.status === 0 && args === install) break;
    say(`apt-get ${args[0]} ended with ${done.status}: ${(done.stderr ?? '').trim().slice(-500)}`);
  }
  const installed = findPrograms();
  if (installed === undefined) throw new Error('PostgreSQL and MariaDB could not be installed');
  return installed;
}

/** The servers refuse to run as root: then their packages' own users run them. */
function userOf(name: 'postgres' | 'mysql'): { readonly uid: number; readonly gid: number } | undefined {
  if (!isRoot) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((candidate) => candidate.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) throw new Error(`there is no user '${name}'; its package makes it`);
  return { uid: Number(uid), gid: Number(gid) };
}

interface Home {
  readonly folder: string;
  readonly file: (name: string, text: string) => string;
  readonly as: { readonly uid: number; readonly gid: number } | undefined;
}

function makeHome(user: 'postgres' | 'mysql'): Home {
  const as = userOf(user);
  const folder = mkdtempSync(`/tmp/aso-${user}-`);
  const give = (path: string): void => {
    if (as !== undefined) chownSync(path, as.uid, as.gid);
  };
  give(folder);
  return {
    folder,
    as,
    file: (name, text) => {
      const path = join(folder, name);
      writeFileSync(path, text, { mode: 0o600 });
      give(path);
      return path;
    },
  };
}

function runOnce(home: Home, program: string, args: readonly string[]): void {
  const done = spawnSync(program, args, { ...home.as, cwd: home.folder, encoding: 'utf8', timeout: 300_000 });
  if (done.status !== 0) throw new Error(`${program} failed: ${done.stdout?.slice(-500)} ${done.stderr?.slice(-1500)}`);
}

interface Serving {
  readonly program: string;
  readonly args: readonly string[];
  readonly host: string;
  readonly port: number;
  /** Ends it in order, without waiting for its clients. */
  readonly end: NodeJS.Signals;
}

async function serve(home: Home, serving: Serving): Promise<Database> {
  let log = '';
  const child: ChildProcess = spawn(serving.program, serving.args, {
    ...home.as,
    cwd: home.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const keep = (chunk: Buffer): void => {
    log = (log + chunk.toString()).slice(-200_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const kill = (): void => void child.kill('SIGKILL');
  // Whatever ends this process, the server does not outlive it, nor does its folder.
  const onExit = (): void => {
    kill();
    rmSync(home.folder, { recursive: true, force: true });
  };
  process.once('exit', onExit);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill(serving.end);
    const late = setTimeout(kill, 20_000);
    await ended;
    clearTimeout(late);
    process.removeListener('exit', onExit);
    rmSync(home.folder, { recursive: true, force: true });
  };
  await until(
    () =>
      child.exitCode !== null
        ? Promise.reject(new Error(`${serving.program} ended at its start: ${log.slice(-2000)}`))
        : listens(serving.host, serving.port),
    { timeoutMs: 60_000, everyMs: 50, what: () => `${serving.program} to listen; it said: ${log.slice(-2000)}` },
  ).catch(async (error: unknown) => {
    if (child.exitCode === null) await stop();
    throw error;
  });
  return { host: serving.host, log: () => log, stop };
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 });
    const end = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/** An address of this process where nobody listens on either port. */
async function freeAddress(): Promise<string> {
  for (let tried = 0; tried < 50; tried += 1) {
    const n = process.pid + tried * 7919;
    const host = `127.${64 + (n % 128)}.${(n >> 7) % 256}.${1 + ((n >> 15) % 254)}`;
    if (!(await listens(host, PORTS.postgresql)) && !(await listens(host, PORTS.mariadb))) return host;
  }
  throw new Error('no loopback address is free on ports 5432 and 3306');
}

export async function startDatabases(say: (line: string) => void): Promise<Databases> {
  const found = programs(say);
  const host = await freeAddress();
  const issuer = 'aso-databases';
  const certificate = await makeCertificate({
    now: Date.now(),
    days: 1,
    issuer,
    dnsNames: ['localhost'],
    ipAddresses: [host],
  });
  const [postgresql, mariadb] = await Promise.all([
    startPostgresql(found, host, certificate),
    startMariadb(found, host, certificate),
  ]);
  return {
    postgresql,
    mariadb,
    caPem: certificate.caPem,
    stop: async () => {
      await Promise.all([postgresql.stop(), mariadb.stop()]);
    },
  };
}

type Certified = Awaited<ReturnType<typeof makeCertificate>>;

async function startPostgresql(found: Programs, host: string, certificate: Certified): Promise<Database> {
  const home = makeHome('postgres');
  const data = join(home.folder, 'data');
  const password = home.file('password', ADMIN_PASSWORD);
  runOnce(home, found.initdb, [
    '-D',
    data,
    '-U',
    ADMIN,
    '--pwfile',
    password,
    '-A',
    'scram-sha-256',
    '-N',
    '-E',
    'UTF8',
    '--no-locale',
  ]);
  const settings = {
    listen_addresses: host,
    port: String(PORTS.postgresql),
    unix_socket_directories: home.folder,
    fsync: 'off',
    ssl: 'on',
    ssl_cert_file: home.file('cert.pem', certificate.certPem),
    ssl_key_file: home.file('key.pem', certificate.keyPem),
    // Only encrypted connections, as in Azure.
    hba_file: home.file('hba.conf', 'hostssl all all 127.0.0.0/8 scram-sha-256\n'),
    log_statement: 'ddl',
    log_connections: 'on',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return serve(home, {
    program: found.postgres,
    args: ['-D', data, ...args],
    host,
    port: PORTS.postgresql,
    end: 'SIGINT',
  });
}

/** A PAM service that takes every password and keeps it in a file. Its settings stand in /etc/pam.d while the server runs. */
function tokenService(home: Home): {
  readonly name: string;
  readonly token: () => string;
  readonly remove: () => void;
} {
  const name = `aso-databases-${process.pid}`;
  const kept = home.file('token', '');
  const script = home.file('keep-token', `#!/bin/sh\nexec cat > ${kept}\n`);
  chmodSync(script, 0o700);
  const settings = join('/etc/pam.d', name);
  writeFileSync(settings, `auth required pam_exec.so quiet expose_authtok ${script}\naccount required pam_permit.so\n`);
  const remove = (): void => rmSync(settings, { force: true });
  process.once('exit', remove);
  return {
    name,
    // The module ends the text with a NUL.
    token: () => readFileSync(kept, 'utf8').replaceAll('\0', ''),
    remove,
  };
}

async function startMariadb(found: Programs, host: string, certificate: Certified): Promise<Databases['mariadb']> {
  const home = makeHome('mysql');
  const data = join(home.folder, 'data');
  mkdirSync(data);
  if (home.as !== undefined) chownSync(data, home.as.uid, home.as.gid);
  runOnce(home, found.installDb, [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
  ]);
  const literal = `'${ADMIN_PASSWORD.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const service = isRoot ? tokenService(home) : undefined;
  const admins = [
    `'${ADMIN}'@'%' IDENTIFIED BY ${literal}`,
    ...(service === undefined ? [] : [`'${TOKEN_ADMIN}'@'%' IDENTIFIED VIA pam USING '${service.name}'`]),
  ];
  const init = admins.map((admin) => `GRANT ALL ON *.* TO ${admin} WITH GRANT OPTION;\n`).join('');
  const args = [
    '--no-defaults',
    `--datadir=${data}`,
    `--bind-address=${host}`,
    `--port=${PORTS.mariadb}`,
    `--socket=${join(home.folder, 'socket')}`,
    `--pid-file=${join(home.folder, 'pid')}`,
    `--init-file=${home.file('init.sql', init)}`,
    `--ssl-cert=${home.file('cert.pem', certificate.certPem)}`,
    `--ssl-key=${home.file('key.pem', certificate.keyPem)}`,
    // Only encrypted connections, as in Azure.
    '--require-secure-transport=ON',
    ...(service === undefined ? [] : ['--plugin-load-add=auth_pam_v1', '--pam-use-cleartext-plugin']),
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-buffer-pool-size=16M',
  ];
  const serving = { program: found.mariadbd, args, host, port: PORTS.mariadb, end: 'SIGTERM' } as const;
  const database = await serve(home, serving).catch((error: unknown) => {
    service?.remove();
    throw error;
  });
  if (service === undefined) return database;
  const stop = (): Promise<void> => database.stop().finally(service.remove);
  return { ...database, token: service.token, stop };
}
