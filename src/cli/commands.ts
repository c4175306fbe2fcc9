// Every command of asoctl, in the order of the help text.

import type { CliCommand } from './command.ts';
import { crdGenerate } from './crd-generate.ts';
import { emulator } from './emulator.ts';
import { version } from './version.ts';

export const COMMANDS: readonly CliCommand[] = [crdGenerate, emulator, version];
