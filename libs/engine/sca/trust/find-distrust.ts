import type { Severity } from '@lib/contract';
import type { Inventory, LockedPackage } from '../dependency.ts';
import { isPublicRegistry } from '../confusion/own-names.ts';
import type { NearNames } from './near-names.ts';

/** Why a package that a file resolves should be looked at before it is installed again. */
export type Distrust = {
  readonly found: LockedPackage;
  readonly rule: 'typosquat' | 'source';
  readonly severity: Severity;
  readonly title: string;
  readonly message: string;
};

/**
 * Finds packages whose name or origin asks for a look: a name that can be taken for a known one (worse with a program that runs at install, or
 * from elsewhere), an address of another package than the one that is named, an address that anybody on the way can answer for, a branch of a
 * repository that can become something else. One of a kind a package. Source: CWE-1357, CWE-494.
 */
export function findDistrust({ packages }: Inventory, nearTo: NearNames): readonly Distrust[] {
  const seen = new Set<string>();
  return packages.flatMap((found) => {
    const key = `${found.ecosystem} ${found.name}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [nameOf(found, nearTo), originOf(found)].filter((one) => one !== undefined);
  });
}

function nameOf(found: LockedPackage, nearTo: NearNames): Distrust | undefined {
  const near = nearTo(found);
  if (near === undefined) return undefined;
  const elsewhere = found.source !== undefined && isAddress(found.source) && !isPublicRegistry(found.source);
  const signs = [
    ...(found.runsOnInstall === true ? ['runs a program of its own when it is installed'] : []),
    ...(elsewhere ? ['does not come from the public registry'] : []),
  ];
  const isStrong = near.looksAlike || signs.length > 0;
  return {
    found,
    rule: 'typosquat',
    severity: isStrong ? 'high' : 'low',
    title: `${found.name} ${found.version}: a name that can be taken for ${near.popular}`,
    message: `${found.name} differs from ${near.popular} by ${near.how}.${signs.length === 0 ? '' : ` It ${signs.join(' and ')}.`} Make sure that it is what was meant.`,
  };
}

function isAddress(source: string): boolean {
  return /^(?:https?|git(?:\+\w+)?|ssh):/u.test(source);
}

function originOf(found: LockedPackage): Distrust | undefined {
  if (found.ecosystem !== 'npm') return undefined;
  const address = found.source ?? found.version;
  const of = { found, rule: 'source' as const };
  const other = otherPackage(found);
  if (other !== undefined)
    return {
      ...of,
      severity: 'high',
      title: `${found.name} ${found.version}: the lock file takes another package for it`,
      message: `The lock file names ${found.name} and takes ${other} for it. Whoever wrote that address decides what runs in the place of ${found.name}.`,
    };
  if (/^(?:git\+)?http:/u.test(address) && found.hasDigest !== true)
    return {
      ...of,
      severity: 'medium',
      title: `${found.name} ${found.version}: from an address that anybody on the way can answer for`,
      message: `The address has no encryption and the lock file no digest of what must come, so that whoever is on the way can send something else.`,
    };
  if (/^(?:git|github|gitlab|bitbucket)(?:\+\w{1,10})?:/u.test(address) && !/#(?:[0-9a-f]{40}|[0-9a-f]{64})$/u.test(address))
    return {
      ...of,
      severity: 'low',
      title: `${found.name}: a branch or tag of a repository`,
      message: `What ${found.name} is can change without a change of this file: a branch moves, and a tag can.`,
    };
  if (address.startsWith('https:') && !isPublicRegistry(address) && found.hasDigest !== true)
    return {
      ...of,
      severity: 'low',
      title: `${found.name}: from an address without a digest`,
      message: `The lock file has no digest of what must come from that address, so that its owner can send something else.`,
    };
  return undefined;
}

/** The package in the path of an address of the public registry, when it is not the one that is named. */
function otherPackage({ name, source }: LockedPackage): string | undefined {
  if (source === undefined || !isPublicRegistry(source)) return undefined;
  const path = URL.parse(source)?.pathname;
  const served = /^\/((?:@|%40)?[^/]{1,214}(?:(?:\/|%2f)[^/]{1,214})?)\/-\//iu.exec(path ?? '')?.[1];
  const decoded = served?.replace(/^%40/u, '@').replace(/%2f/iu, '/');
  return decoded === undefined || decoded === name ? undefined : decoded;
}
