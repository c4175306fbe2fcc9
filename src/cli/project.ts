// Where the files stand that come with asoctl: CRDs and facts. From the source as from the bundle, they are below the package's folder.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The nearest folder above this file that holds a package.json. */
export const PACKAGE: string = packageAbove(dirname(fileURLToPath(import.meta.url)));

export const SHIPPED_CRDS: string = join(PACKAGE, 'crds');
export const SHIPPED_FACTS: string = join(PACKAGE, 'src', 'generate', 'kinds');

function packageAbove(folder: string): string {
  const above = dirname(folder);
  return existsSync(join(folder, 'package.json')) || above === folder ? folder : packageAbove(above);
}

/** The release as labels and the version command write it, for example v0.1.0. */
export function release(): string {
  // Our own package.json.
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };
  return `v${version}`;
}
