// Reads the hand-kept facts of every group and checks them once, here.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type GroupFacts, groupFacts } from './facts.ts';
import { TypeDataError } from './types.ts';

/** Facts of every group in a folder (<group>.yaml); what breaks the format is thrown as a TypeDataError that names file and member. */
export function readFacts(folder: string): readonly GroupFacts[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => {
      const checked = groupFacts.safeParse(parse(readFileSync(join(folder, name), 'utf8')));
      if (checked.success) return checked.data;
      const [issue] = checked.error.issues;
      throw new TypeDataError(`${name}: ${issue?.path.join('.')}: ${issue?.message}`);
    });
}
