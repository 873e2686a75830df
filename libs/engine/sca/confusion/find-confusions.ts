import type { SourceText } from '@lib/engine/sdk';
import type { Inventory, LockedPackage } from '../dependency.ts';
import { requirementsPath } from '../inventory/read-requirements.ts';
import { isPublicRegistry, type OwnNames } from './own-names.ts';

/** A place where somebody else's package can come, or has come, in the place of one's own. Lines are 1-based. */
export type Confusion = {
  readonly line: number;
  /** What is confused: stays the same when lines move. */
  readonly subject: string;
  readonly title: string;
  readonly message: string;
  /** It has happened already: the lock file takes the public one. */
  readonly isTaken: boolean;
};

/** Finds such places in one file of dependencies. Source: CWE-427. */
export function findConfusions(
  path: string,
  source: SourceText,
  { inventory, own }: { readonly inventory: Inventory; readonly own: OwnNames },
) {
  const confusions: Confusion[] = requirementsPath.test(path) ? extraIndexes(source) : [];
  const seen = new Set<string>();
  for (const found of inventory.packages) {
    const claim =
      found.ecosystem === 'npm' && !seen.has(found.name) && isPublicRegistry(found.source ?? '') ? claimOf(found, own) : undefined;
    if (claim === undefined) continue;
    seen.add(found.name);
    confusions.push({
      line: found.startLine,
      subject: `npm ${found.name}`,
      title: `${found.name} ${found.version}: taken from the public registry in the place of a private one`,
      message: `${claim}, and this lock file takes ${found.name} ${found.version} from the public registry. Look at what that package is before you install it again.`,
      isTaken: true,
    });
  }
  return confusions;
}

function claimOf({ name }: LockedPackage, { packages, scopes }: OwnNames): string | undefined {
  const manifest = packages.get(name);
  if (manifest !== undefined) return `${manifest} calls itself ${name} and is private, so that nobody here publishes it`;
  const scope = /^@[^/]{1,100}(?=\/)/u.exec(name)?.[0] ?? '';
  const settings = scopes.get(scope);
  return settings === undefined ? undefined : `${settings} gives ${scope} a registry of its own`;
}

// Further indexes that are public themselves and made to be used beside PyPI.
const publicIndexes =
  /\/\/(?:[\w.-]{1,100}\.)?(?:pytorch\.org|pypi\.org|pyg\.org|nvidia\.com|tensorflow\.org|jax\.dev|openmmlab\.com|piwheels\.org)(?:[/:]|$)/u;
const extraIndex = /^[ \t]{0,20}--extra-index-url[ \t=]{1,20}(\S{1,500})/u;

function extraIndexes(source: SourceText): Confusion[] {
  if (/--hash[ =]sha(?:256|384|512):/u.test(source.text)) return []; // what comes must be what was looked at
  const found: Confusion[] = [];
  for (let line = 1; line <= source.lineCount; line++) {
    const address = extraIndex.exec(source.line(line))?.[1];
    const host = address === undefined ? undefined : URL.parse(address)?.host;
    if (address === undefined || host === undefined || publicIndexes.test(address)) continue;
    found.push({
      line,
      subject: `extra-index ${host}`,
      title: `Packages of ${host} can be replaced by public ones of the same name`,
      message: `pip asks ${host} and the public index for every name and takes the highest version, whichever has it. A name that only ${host} has today can be published by anybody tomorrow.`,
      isTaken: false,
    });
  }
  return found;
}
