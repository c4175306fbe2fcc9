// Programs that tests and tools run beside the control plane, built from their published Go modules, once, into the cache folder.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type BuildOptions, go, toldWhile, writeModule } from './control-plane/build.ts';
import { cacheFolder } from './control-plane.ts';

interface GoProgram {
  readonly name: string;
  readonly module: string;
  readonly version: string;
  readonly package: string;
  readonly minutes: number;
  /** `replace` lines of its own go.mod, which Go honours in a main module only. */
  readonly replaced?: readonly string[];
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

/** The interpreter that Argo CD runs health checks with. */
const LUA: GoProgram = {
  name: 'glua',
  module: 'github.com/yuin/gopher-lua',
  version: 'v1.1.2',
  package: 'github.com/yuin/gopher-lua/cmd/glua',
  minutes: 1,
};

/** Newest versions that Go 1.26 builds. */
const FLUX_SOURCE_VERSION = 'v1.9.0';
const FLUX_KUSTOMIZE: GoProgram = {
  name: 'kustomize-controller',
  module: 'github.com/fluxcd/kustomize-controller',
  version: 'v1.9.6',
  package: 'github.com/fluxcd/kustomize-controller',
  minutes: 4,
  replaced: [
    'github.com/opencontainers/go-digest => github.com/opencontainers/go-digest v1.0.1-0.20220411205349-bde1400a84be',
  ],
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

/** Path of glua; built when it is not in the cache. */
export const findLua = (options: FindOptions): Promise<string> => find(LUA, options);

/** Flux's kustomize-controller and the CRDs of its kinds and of its sources, as files. */
export async function findFlux(
  options: FindOptions,
): Promise<{ readonly controller: string; readonly crds: readonly string[] }> {
  const controller = await find(FLUX_KUSTOMIZE, options);
  const folders = await Promise.all(
    [
      `${FLUX_KUSTOMIZE.module}@${FLUX_KUSTOMIZE.version}`,
      `github.com/fluxcd/source-controller@${FLUX_SOURCE_VERSION}`,
    ].map(async (module) => join(await moduleFolder(module, options.signal), 'config', 'crd', 'bases')),
  );
  return { controller, crds: folders.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file))) };
}

/** Where Go keeps the files of a module. */
async function moduleFolder(module: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', module], { cwd: tmpdir(), signal });
  // The shape of `go mod download -json` (go help mod download).
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

async function find(program: GoProgram, options: FindOptions): Promise<string> {
  const target = join(cacheFolder(), `${program.name}-${program.version}-${process.platform}-${process.arch}`);
  if (existsSync(target)) return target;
  await mkdir(dirname(target), { recursive: true });
  const work = await mkdtemp(`${target}.build-`);
  try {
    await writeModule(work, [
      `require ${program.module} ${program.version}`,
      ...(program.replaced ?? []).map((line) => `replace ${line}`),
    ]);
    const out = join(work, 'out');
    await toldWhile(
      go(['build', '-mod=mod', '-trimpath', '-ldflags', '-s -w', '-o', out, program.package], work, options.signal),
      `building ${program.name} ${program.version} from Go modules (once, about ${program.minutes} min on 2 cores)`,
      options.say,
    );
    await rename(out, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}
