import type { CliCommand } from './command.ts';
import { release } from './project.ts';

export const version: CliCommand = {
  path: ['version'],
  summary: 'Prints the version: `<program> <version> <os>`',
  run: async (_args, _options, terminal) => {
    terminal.out(`asoctl ${release()} ${process.platform}\n`);
    return 0;
  },
};
