import posix from 'node:path/posix';
import type { Call } from './evaluate-call.ts';
import { constantValue, onlyConstant, type Value } from './value.ts';

const folders: ReadonlyMap<string, (parts: readonly string[]) => string> = new Map([
  ['path.join', (parts: readonly string[]) => posix.join(...parts)],
  ['path.posix.join', (parts: readonly string[]) => posix.join(...parts)],
  ['path.resolve', (parts: readonly string[]) => posix.join(...parts)],
  ['path.normalize', (parts: readonly string[]) => posix.join(...parts)],
]);

/** A path of which the program spells out every part; a file's own folder counts as `.`, since nobody knows where the tree will lie. */
export function foldPath(call: Call): Value | undefined {
  if (call.args.length === 0) return undefined;
  const join = call.callee.states.map(({ name }) => folders.get(name)).find((found) => found !== undefined);
  if (join === undefined) return undefined;
  const parts = call.args.map((argument) => onlyConstant(argument)?.value);
  if (!parts.every((part) => typeof part === 'string')) return undefined;
  const path = join(parts);
  return constantValue(parts[0]?.startsWith('.') === true && !path.startsWith('.') ? `./${path}` : path, call.site);
}
