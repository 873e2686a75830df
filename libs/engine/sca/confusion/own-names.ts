import type { SourceText } from '@lib/engine/sdk';
import { parseLocatedJson } from '../syntax/located-json.ts';
import { asTable, asText } from '../syntax/loose-value.ts';

/** Names that are not the public registry's to answer for: packages of the tree that are never published, and scopes with a registry. */
export type OwnNames = {
  /** Name and the package.json that claims it. */
  readonly packages: ReadonlyMap<string, string>;
  /** `@scope` and the `.npmrc` that gives it a registry. */
  readonly scopes: ReadonlyMap<string, string>;
};

/** A tree as it is asked here. Paths are POSIX. */
export type NamedFiles = {
  readonly named: (fileName: string) => readonly string[];
  readonly read: (path: string) => SourceText | undefined;
};

const notOurs = /(?:^|\/)(?:__tests__|tests?|specs?|fixtures?|examples?|samples?|templates?|demos?)\//u;
const publicRegistry = /\/\/registry\.(?:npmjs\.org|yarnpkg\.com)(?:\/|$)/u;

/** Whether an address is of npm's public registry. */
export function isPublicRegistry(address: string): boolean {
  return publicRegistry.test(address);
}

/** Reads what a tree says of its own names. Tests and examples are left out: they borrow names. */
export function readOwnNames(files: NamedFiles): OwnNames {
  return { packages: privatePackages(files), scopes: scopeRegistries(files) };
}

function privatePackages({ named, read }: NamedFiles): ReadonlyMap<string, string> {
  const packages = new Map<string, string>();
  for (const path of named('package.json').filter((one) => !notOurs.test(one))) {
    const manifest = asTable(parseLocatedJson(read(path)?.text ?? '')?.value);
    const name = asText(manifest['name']);
    if (manifest['private'] === true && name !== undefined && !packages.has(name)) packages.set(name, path);
  }
  return packages;
}

const setting = /^[ \t]{0,20}(@[\w.~-]{1,100}):registry[ \t]{0,20}=[ \t]{0,20}(\S{1,500})/gmu;

function scopeRegistries({ named, read }: NamedFiles): ReadonlyMap<string, string> {
  const scopes = new Map<string, string>();
  for (const path of named('.npmrc').filter((one) => !notOurs.test(one))) {
    for (const [, scope = '', address = ''] of (read(path)?.text ?? '').matchAll(setting)) {
      if (!isPublicRegistry(address)) scopes.set(scope, path);
    }
  }
  return scopes;
}
