import { readFileSync } from 'node:fs';
import type { CliCommand } from './command.ts';

export const version: CliCommand = {
  path: ['version'],
  summary: 'Prints the version: `<program> <version> <os>`',
  run: async (_args, _options, terminal) => {
    const { version: released } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    terminal.out(`asoctl v${released} ${process.platform}\n`);
    return 0;
  },
};
