// npm run sbom [-- --out FILE]: a CycloneDX list of what is in the image: the packages that the bundle holds something of, and Node.
// npm makes it; here it loses what is not in the bundle and what differs from run to run, and gets the project's name and Node.
// (`npm sbom --omit dev` also leaves out what development needs beside the operator, such as yaml: seen with npm 11.)

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { bundledPackages } from './build.ts';
import { runTool } from './tool.ts';

interface Component {
  readonly type: string;
  readonly name: string;
  readonly version?: string;
  readonly [member: string]: unknown;
}

interface Bom {
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string; readonly component: Component; readonly [member: string]: unknown };
  readonly components: readonly Component[];
  readonly [member: string]: unknown;
}

/** The bill of materials of the folder's package. */
export async function sbom(): Promise<Bom> {
  const { stdout } = await promisify(execFile)('npm', ['sbom', '--sbom-format', 'cyclonedx'], {
    maxBuffer: 1 << 26,
  });
  // What `npm sbom` prints (docs.npmjs.com/cli/commands/npm-sbom).
  const { serialNumber: _serial, metadata, components, ...rest } = JSON.parse(stdout) as Bom;
  const { timestamp: _timestamp, ...kept } = metadata;
  const { name } = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string };
  const inImage = new Set((await bundledPackages()).map(nameAndVersion));
  const version = process.version.slice(1);
  return {
    ...rest,
    metadata: { ...kept, component: { ...metadata.component, type: 'application', name } },
    components: [
      ...components.filter((component) => inImage.has(`${component.name}@${component.version}`)),
      {
        type: 'platform',
        name: 'node',
        version,
        purl: `pkg:generic/node@${version}`,
        cpe: `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`,
        'bom-ref': `node@${version}`,
      },
    ],
  };
}

/** As npm writes it, of an installed package's folder. */
function nameAndVersion(folder: string): string {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Component;
  return `${name}@${version}`;
}

if (import.meta.main) {
  const command = new Command('npm run sbom --')
    .description('A CycloneDX list of what the image holds.')
    .option('--out <file>', 'where to', 'dist/sbom.cdx.json');
  await runTool<{ out: string }>(command, async ({ options: { out } }) => {
    const made = await sbom();
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, `${JSON.stringify(made, null, 2)}\n`);
    console.log(`${out}: ${made.components.length} components`);
    return 0;
  });
}
