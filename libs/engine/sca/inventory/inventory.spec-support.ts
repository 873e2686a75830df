import { posix } from 'node:path';
import { sourceText, type SourceText } from '@lib/engine/sdk';
import type { Inventory, LockError } from '../dependency.ts';
import { inventoryReader } from './inventory-readers.ts';
import { tracePaths } from './trace-paths.ts';

/** Files of a tree by path. */
export type Files = Readonly<Record<string, string>>;

/** Reads the first of these files as the product would. */
export function read(files: Files): Inventory | LockError {
  const [path = ''] = Object.keys(files);
  const reader = inventoryReader(path);
  if (reader === undefined) throw new Error(`nobody reads ${path}`);
  const result = reader(textOf(files[path] ?? ''), {
    path,
    has: (other) => other in files,
    named: (name) =>
      Object.keys(files)
        .filter((other) => posix.basename(other) === name)
        .toSorted(),
    read: (other) => (files[other] === undefined ? undefined : textOf(files[other])),
  });
  return result.ok ? result.value : result.error;
}

/** What a person would say of an inventory: `name version line way [dev]`, one a package. `?` where nobody says who asked. */
export function said(files: Files): readonly string[] {
  const inventory = read(files);
  if ('code' in inventory) return [`${inventory.code}: ${inventory.detail}`];
  const traceOf = tracePaths(inventory);
  return [
    ...inventory.packages.map(({ id, name, version, startLine }) => {
      const { direct, dev, path } = traceOf(id);
      const way = direct === undefined ? '?' : direct ? 'direct' : path.map((part) => part.name).join('>');
      return `${name} ${version} :${startLine} ${way}${dev ? ' dev' : ''}`;
    }),
    ...inventory.unresolved.map(({ line, detail }) => `unresolved :${line} ${detail}`),
  ];
}

function textOf(text: string): SourceText {
  const source = sourceText(new TextEncoder().encode(text));
  if (!source.ok) throw new Error(source.error.code);
  return source.value;
}
