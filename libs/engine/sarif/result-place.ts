import posix from 'node:path/posix';
import { limits, type Location } from '@lib/contract';
import type { SarifLocation, SarifRun } from './sarif-schema.ts';

/**
 * Where a result is, as a path of the repository; undefined when it is nowhere or outside of it. Addresses are relative to a base that the
 * run names, to its working folder, or to nothing. Source: SARIF 2.1.0 sections 3.4, 3.14.14, 3.29.
 */
export function placeOf(run: SarifRun, location: SarifLocation | undefined): Location | undefined {
  const physical = location?.physicalLocation;
  const path = pathOf(run, physical?.artifactLocation);
  if (path === undefined) return undefined;
  const region = physical?.region;
  const startLine = atLeastOne(region?.startLine, 1);
  const startColumn = atLeastOne(region?.startColumn, 1);
  const endLine = Math.max(startLine, atLeastOne(region?.endLine, startLine));
  const endColumn = atLeastOne(region?.endColumn, startColumn);
  return { path, startLine, startColumn, endLine, endColumn: endLine === startLine ? Math.max(startColumn, endColumn) : endColumn };
}

function atLeastOne(given: number | undefined, otherwise: number): number {
  return given === undefined || given < 1 ? otherwise : given;
}

type Artifact = NonNullable<NonNullable<SarifLocation['physicalLocation']>['artifactLocation']>;

function pathOf(run: SarifRun, artifact: Artifact | undefined): string | undefined {
  const listed = artifact?.uri === undefined ? run.artifacts?.[artifact?.index ?? -1]?.location : artifact;
  if (listed?.uri === undefined) return undefined;
  const path = posix.normalize(withoutRoot(run, plainPath(listed.uri)).replace(/^\/+/u, ''));
  return isInside(path) ? path : undefined;
}

function isInside(path: string): boolean {
  return path !== '' && !/^\.\.(?:\/|$)/u.test(path) && !path.includes('\u0000') && path.length <= limits.pathBytesMax;
}

// `file:///a%20b`, `file://host/a`, `/a`, `a\b`, `C:\a`: one form.
function plainPath(uri: string): string {
  const path = uri.replace(/^file:(?:\/\/[^/]*)?(?=\/)/iu, '').replaceAll('\\', '/');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function withoutRoot(run: SarifRun, path: string): string {
  const bases = [
    ...Object.values(run.originalUriBaseIds ?? {}).map((base) => base.uri),
    ...(run.invocations ?? []).map((invocation) => invocation.workingDirectory?.uri),
  ];
  const roots = bases.flatMap((base) => (base === undefined ? [] : [plainPath(base)])).filter((root) => root.length > 1);
  const longest = roots.map((root) => (root.endsWith('/') ? root : `${root}/`)).toSorted((a, b) => b.length - a.length);
  const root = longest.find((candidate) => path.startsWith(candidate));
  return root === undefined ? path : path.slice(root.length);
}
