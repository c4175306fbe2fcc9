// The shipped CRDs, read from a folder: <group>/<kind>.yaml beside the program. Each file is parsed once for its names and its digest
// and then let go: all 294 at once are 30 MB of memory.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { digestOf } from '../values/hash.ts';
import { type Crd, kindName, readCrd } from './crd.ts';

export interface Shipped {
  /** <plural>.<group> */
  readonly name: string;
  /** <group>/<Kind> */
  readonly kind: string;
  /** Of the file's text. */
  readonly digest: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly file: string;
}

export interface Shelf {
  readonly folder: string;
  /** By name. */
  readonly shipped: readonly Shipped[];
  /** Files that hold no CRD; the others are not affected. */
  readonly unreadable: readonly { readonly file: string; readonly why: string }[];
}

/** The first of these folders that exists. */
export function findShelf(folders: readonly string[]): string | undefined {
  return folders.find((folder) => existsSync(folder));
}

/** Throws when the folder itself cannot be read. */
export function readShelf(folder: string): Shelf {
  const shipped = new Map<string, Shipped>();
  const unreadable: { file: string; why: string }[] = [];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(ya?ml|json)$/.test(file),
  );
  for (const path of files.sort()) {
    const file = join(folder, path);
    const read = readFile(file);
    if (typeof read === 'string') {
      unreadable.push({ file, why: read });
      continue;
    }
    const { crd, digest } = read;
    const twin = shipped.get(crd.metadata.name);
    if (twin !== undefined) unreadable.push({ file, why: `${crd.metadata.name} is in ${twin.file} already` });
    else
      shipped.set(crd.metadata.name, {
        name: crd.metadata.name,
        kind: kindName(crd),
        digest,
        labels: crd.metadata.labels ?? {},
        file,
      });
  }
  return { folder, shipped: [...shipped.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), unreadable };
}

/** A shipped CRD in full, or a sentence that says why it cannot be read any more. */
export function takeFrom(shipped: Shipped): { readonly crd: Crd; readonly digest: string } | string {
  return readFile(shipped.file);
}

function readFile(file: string): { readonly crd: Crd; readonly digest: string } | string {
  try {
    const text = readFileSync(file, 'utf8');
    const crd = readCrd(parsed(text));
    return typeof crd === 'string' ? crd : { crd, digest: digestOf(text) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The shipped files are JSON, which the YAML parser reads 50 times slower. */
function parsed(text: string): unknown {
  if (!text.startsWith('{')) return parse(text);
  return JSON.parse(text);
}
