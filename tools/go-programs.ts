// Programs that tests and tools run beside the control plane, built from their published Go modules, once, into the cache folder.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type BuildOptions, go, writeModule } from './control-plane/build.ts';
import { cacheFolder } from './control-plane.ts';

interface GoProgram {
  readonly name: string;
  readonly module: string;
  readonly version: string;
  readonly package: string;
  readonly minutes: number;
}

export type FindOptions = Omit<BuildOptions, 'target'>;

const HELM: GoProgram = {
  name: 'helm',
  module: 'helm.sh/helm/v4',
  version: 'v4.3.1',
  package: 'helm.sh/helm/v4/cmd/helm',
  minutes: 3,
};

const ACTIONLINT: GoProgram = {
  name: 'actionlint',
  module: 'github.com/rhysd/actionlint',
  version: 'v1.7.12',
  package: 'github.com/rhysd/actionlint/cmd/actionlint',
  minutes: 1,
};

/** Path of helm; built when it is not in the cache. */
export const findHelm = (options: FindOptions): Promise<string> => find(HELM, options);

/** Path of actionlint; built when it is not in the cache. */
export const findActionlint = (options: FindOptions): Promise<string> => find(ACTIONLINT, options);

const KSTATUS = 'test/kstatus';

/** Path of the program in test/kstatus; built when its source or its modules are others than in the cache. */
export async function findKstatus(options: FindOptions): Promise<string> {
  const sources = ['main.go', 'go.mod', 'go.sum'].map((name) => readFileSync(join(KSTATUS, name)));
  const version = createHash('sha256').update(Buffer.concat(sources)).digest('hex').slice(0, 12);
  const target = join(cacheFolder(), `kstatus-${version}-${process.platform}-${process.arch}`);
  if (existsSync(target)) return target;
  options.say('building kstatus from Go modules (once, about 1 min on 2 cores)');
  await mkdir(dirname(target), { recursive: true });
  const out = `${target}.${process.pid}`;
  await go(['build', '-trimpath', '-ldflags', '-s -w', '-o', out, '.'], KSTATUS, options.signal);
  await rename(out, target);
  return target;
}

async function find(program: GoProgram, options: FindOptions): Promise<string> {
  const target = join(cacheFolder(), `${program.name}-${program.version}-${process.platform}-${process.arch}`);
  if (existsSync(target)) return target;
  options.say(
    `building ${program.name} ${program.version} from Go modules (once, about ${program.minutes} min on 2 cores)`,
  );
  await mkdir(dirname(target), { recursive: true });
  const work = await mkdtemp(`${target}.build-`);
  try {
    await writeModule(work, [`require ${program.module} ${program.version}`]);
    const out = join(work, 'out');
    await go(['build', '-mod=mod', '-trimpath', '-ldflags', '-s -w', '-o', out, program.package], work, options.signal);
    await rename(out, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}
