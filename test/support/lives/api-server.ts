// Hands on the control plane from behind: etcd is compacted, the API server is killed and started again with the arguments it had.

import { execFileSync, spawn } from 'node:child_process';
import { isObject } from '../../../src/values/json.ts';
import { until } from '../../../tools/platform.ts';

/** Compacts all of etcd's history: a watch that begins before this moment is told 410 Gone. Through etcd's JSON gateway. */
export async function compactEtcd(etcd: string): Promise<void> {
  const ask = async (path: string, body: unknown): Promise<unknown> => {
    const answer = await fetch(`${etcd}${path}`, { method: 'POST', body: JSON.stringify(body) });
    const said: unknown = await answer.json();
    if (!answer.ok) throw new Error(`etcd refused ${path}: ${JSON.stringify(said)}`);
    return said;
  };
  const read = await ask('/v3/kv/range', { key: Buffer.from('/none').toString('base64') });
  const header = isObject(read) && isObject(read.header) ? read.header : {};
  await ask('/v3/kv/compaction', { revision: String(header.revision), physical: true });
}

/**
 * Kills the API server that listens at this URL, starts it again after some time and waits until it serves all paths, as the caller
 * sees it; the answer ends the new one.
 */
export async function restartApiServer(
  server: string,
  awayMs: number,
  isServing: () => Promise<boolean>,
): Promise<() => void> {
  const { port } = new URL(server);
  const line = execFileSync('ps', ['-axww', '-o', 'pid=,args='], { encoding: 'utf8', maxBuffer: 2 ** 26 })
    .split('\n')
    .find((each) => each.includes('kube-apiserver') && each.includes(`--secure-port=${port}`));
  const [pid, binary, ...args] = line?.trim().split(/\s+/) ?? [];
  if (pid === undefined || binary === undefined) throw new Error(`no API server was found at port ${port}`);
  process.kill(Number(pid), 'SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, awayMs));
  const begin = () => spawn(binary, args, { stdio: 'ignore' });
  let child = begin();
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  const isBack = async (): Promise<boolean> => {
    // Its port may have become an outgoing connection's meanwhile: then it ends at once.
    if (child.exitCode !== null) child = begin();
    return isServing();
  };
  await until(isBack, { timeoutMs: 120_000, what: () => 'the API server to serve all again' });
  return end;
}
