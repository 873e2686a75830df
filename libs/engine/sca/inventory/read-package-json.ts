import posix from 'node:path/posix';
import { err, ok } from '@lib/kernel';
import type { InventoryReader, LockedPackage, Surroundings, Unresolved } from '../dependency.ts';
import { parseLocatedJson } from '../syntax/located-json.ts';
import { inventoryOf } from './inventory-of.ts';
import { aliasTarget, npmRequests } from './npm-manifest.ts';

const locks = ['package-lock.json', 'npm-shrinkwrap.json', 'yarn.lock', 'pnpm-lock.yaml', 'bun.lock', 'bun.lockb'];

/** package.json where no lock file is beside it or above it: versions that are written out. Ranges are said to be unresolved. */
export const readPackageJson: InventoryReader = (source, around) => {
  if (hasLock(around)) return ok(inventoryOf([]));
  const json = parseLocatedJson(source.text);
  if (json === undefined) return err({ code: 'syntax_error', detail: 'not JSON' });
  const packages: LockedPackage[] = [];
  const unresolved: Unresolved[] = [];
  for (const { name, range, dev } of npmRequests(json.value)) {
    const line = lineOf(source.text, name, source.position);
    const target = aliasTarget(range) ?? { name, version: range.replace(/^=/u, '') };
    if (/^\d+\.\d+\.\d+(?:[-+][\w.+-]*)?$/u.test(target.version)) {
      packages.push({ ecosystem: 'npm', ...target, id: name, startLine: line, endLine: line, dependsOn: [], dev });
    } else if (!/^(?:file|link|workspace|portal):/u.test(range)) unresolved.push({ line, detail: `${name} ${range}` });
  }
  const roots = packages.map(({ id, dev }) => ({ id, dev: dev === true }));
  return ok(inventoryOf(packages, roots, unresolved));
};

function hasLock({ path, has }: Surroundings): boolean {
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    if (locks.some((lock) => has(posix.join(folder, lock)))) return true;
    if (folder === '.') return false;
  }
}

function lineOf(text: string, name: string, position: (offset: number) => { readonly line: number }): number {
  const at = /(?:d|optionalD|devD)ependencies"/u.exec(text)?.index ?? 0;
  const found = text.indexOf(`"${name}"`, at);
  return found < 0 ? 1 : position(found).line;
}
