import type { SourceText } from '@lib/engine/sdk';
import { err, ok, type Result } from '@lib/kernel';
import { z } from 'zod';
import type { Named, PackageVersion } from '../package-version.ts';

/** A lock file that its own format does not fit. */
export type LockError = { readonly code: 'syntax_error'; readonly detail: string };

const npmEntrySchema = z.object({ version: z.string().optional(), name: z.string().optional(), link: z.boolean().optional() });
type NpmTree = { readonly version?: string | undefined; readonly dependencies?: Readonly<Record<string, NpmTree>> | undefined };
const npmTreeSchema: z.ZodType<NpmTree> = z.lazy(() =>
  z.object({ version: z.string().optional(), dependencies: z.record(z.string(), npmTreeSchema).optional() }),
);
const npmLockSchema = z.object({
  packages: z.record(z.string(), npmEntrySchema).optional(),
  dependencies: z.record(z.string(), npmTreeSchema).optional(),
});

/** package-lock.json and npm-shrinkwrap.json, lock file versions 1 to 3. */
export function readNpmLock(source: SourceText): Result<readonly PackageVersion[], LockError> {
  const parsed = npmLockSchema.safeParse(parseJson(source.text));
  if (!parsed.success) return err({ code: 'syntax_error', detail: 'not a package-lock file' });
  const line = keyLines(source);
  if (parsed.data.packages !== undefined) {
    return ok(
      Object.entries(parsed.data.packages).flatMap(([key, entry]) => {
        const name = entry.name ?? key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length);
        if (!key.includes('node_modules/') || entry.version === undefined || entry.link === true) return [];
        return [packageAt({ ecosystem: 'npm', name, version: entry.version }, line(key))];
      }),
    );
  }
  const found: PackageVersion[] = [];
  const pending = Object.entries(parsed.data.dependencies ?? {});
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const [name, entry] = next;
    if (entry.version !== undefined) found.push(packageAt({ ecosystem: 'npm', name, version: entry.version }, line(name)));
    pending.push(...Object.entries(entry.dependencies ?? {}));
  }
  return ok(found);
}

const pipfileSchema = z.record(z.string(), z.unknown());
const pipEntriesSchema = z.record(z.string(), z.object({ version: z.string().optional() }));

/** Pipfile.lock. */
export function readPipfileLock(source: SourceText): Result<readonly PackageVersion[], LockError> {
  const parsed = pipfileSchema.safeParse(parseJson(source.text));
  if (!parsed.success) return err({ code: 'syntax_error', detail: 'not a Pipfile.lock' });
  const line = keyLines(source);
  return ok(
    ['default', 'develop'].flatMap((group) =>
      Object.entries(pipEntriesSchema.safeParse(parsed.data[group]).data ?? {}).flatMap(([name, entry]) =>
        entry.version?.startsWith('==') === true
          ? [packageAt({ ecosystem: 'PyPI', name: normalPython(name), version: entry.version.slice(2) }, line(name))]
          : [],
      ),
    ),
  );
}

const composerSchema = z.object({
  packages: z.array(z.object({ name: z.string(), version: z.string() })),
  'packages-dev': z.array(z.object({ name: z.string(), version: z.string() })).default([]),
});

/** composer.lock. */
export function readComposerLock(source: SourceText): Result<readonly PackageVersion[], LockError> {
  const parsed = composerSchema.safeParse(parseJson(source.text));
  if (!parsed.success) return err({ code: 'syntax_error', detail: 'not a composer.lock' });
  const line = keyLines(source);
  return ok(
    [...parsed.data.packages, ...parsed.data['packages-dev']].map((entry) =>
      packageAt({ ecosystem: 'Packagist', name: entry.name, version: entry.version.replace(/^v/u, '') }, line(entry.name)),
    ),
  );
}

/** Python package names compare without case, and with `-`, `_` and `.` alike. Source: PEP 503. */
export function normalPython(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/gu, '-');
}

function packageAt(named: Named, line: number): PackageVersion {
  return { ...named, startLine: line, endLine: line };
}

// JSON.parse gives no positions; the first line on which the quoted key stands is where a reader looks.
function keyLines(source: SourceText): (key: string) => number {
  const lines = new Map<string, number>();
  for (const match of source.text.matchAll(/"((?:[^"\\\n]|\\.){1,400})"/gu)) {
    const key = match[1] ?? '';
    if (!lines.has(key)) lines.set(key, source.position(match.index).line);
  }
  return (key) => lines.get(key) ?? 1;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
