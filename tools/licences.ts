// The licences of what is bundled, as those licences ask: their texts go with every copy.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundledPackages } from './build.ts';

interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** Name, version, licence and the texts that its publisher put beside it, for every package in the operator's bundle. */
export async function licences(): Promise<string> {
  const chapters = (await bundledPackages()).map((folder) => {
    // What npm has installed has a name and a version.
    const {
      name,
      version,
      license = 'see below',
    } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson;
    const texts = readdirSync(folder)
      .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
      .sort()
      .map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
    return [`${name} ${version}: ${license}`, ...texts].join('\n\n');
  });
  return `${chapters.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
