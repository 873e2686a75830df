import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { findAddress, publicReach, type AddressRefused, type Reach } from '@lib/platform/outbound';
import type { GitProgram } from './git-program.ts';
import { runGit, type GitEnd, type GitRun } from './run-git.ts';

/** What to fetch: a public repository and a branch, tag or commit of it. `directory` is empty and belongs to whoever `program` runs as. */
export type FetchJob = {
  readonly program: GitProgram;
  readonly url: string;
  readonly ref: string | undefined;
  readonly directory: string;
  readonly signal?: AbortSignal;
  /** For tests; the product reaches the internet over TLS and nothing else. */
  readonly reach?: Reach;
  /** For tests of the bounds. Units: bytes, ms. */
  readonly bytesMax?: number;
  readonly wallMs?: number;
};

/** Why nothing was fetched. `objects_refused`: fsck, or the pack was broken. */
export type FetchError =
  | AddressRefused
  | {
      readonly code:
        | 'git.url_refused'
        | 'git.remote_refused'
        | 'git.ref_unknown'
        | 'git.objects_refused'
        | 'git.too_large'
        | 'git.too_slow'
        | 'git.limit_reached'
        | 'git.cancelled';
    };

/**
 * Fetches one commit, depth 1, into a new bare repository; nothing is checked out. The host is resolved once, checked and pinned. Answers the
 * commit. The caller removes the directory, after a failure too: git keeps what fsck has refused.
 * Errors: `git.*`, `outbound.*`. Source: CWE-918, CWE-88; git-fetch(1).
 */
export async function fetchCommit(job: FetchJob): Promise<Result<string, FetchError>> {
  const reach = job.reach ?? publicReach;
  const url = parseRemote(job.url, reach);
  if (url === undefined) return err({ code: 'git.url_refused' });
  if (job.ref !== undefined && !isRef(job.ref)) return err({ code: 'git.ref_unknown' });
  const address = await findAddress(reach, url.hostname);
  if (!address.ok) return address;
  const common: Common = { program: job.program, directory: job.directory, signal: job.signal, protocols: 'none', network: 'none' };
  const started = await runGit({ ...common, wallMs: limits.gitStepMs, argv: initArguments });
  if (started.ended !== 'done') return err({ code: 'git.limit_reached' });
  const failed = await fetchObjects(job, { common, url, address: address.value });
  if (failed !== undefined) return err(failed);
  const commit = await resolveCommit({ ...common, wallMs: limits.gitStepMs });
  if (commit === undefined) return err({ code: 'git.ref_unknown' });
  const isOther = job.ref !== undefined && commitPattern.test(job.ref) && job.ref !== commit;
  return isOther ? err({ code: 'git.ref_unknown' }) : ok(commit);
}

type Common = Pick<GitRun, 'program' | 'directory' | 'signal' | 'protocols' | 'network'>;
type Fetching = { readonly common: Common; readonly url: URL; readonly address: string };

async function fetchObjects(job: FetchJob, { common, url, address }: Fetching): Promise<FetchError | undefined> {
  const bytesMax = job.bytesMax ?? limits.archiveBytesMax;
  const port = url.port === '' ? defaultPorts[url.protocol === 'https:' ? 'https' : 'http'] : url.port;
  const isTooLarge = async (): Promise<boolean> => (await sizeOf(job.directory)) > bytesMax;
  const fetched = await runGit({
    ...common,
    network: 'one_host',
    protocols: url.protocol.replace(':', ''),
    settings: [`http.curloptResolve=${url.hostname.replace(/^\[|\]$/gu, '')}:${port}:${address}`],
    wallMs: job.wallMs ?? limits.downloadWallMs,
    isTooLarge,
    argv: [...fetchArguments, url.href, `+${job.ref ?? 'HEAD'}:${sourceRef}`],
  });
  return fetchError(fetched) ?? ((await isTooLarge()) ? { code: 'git.too_large' } : undefined);
}

const defaultPorts = { https: '443', http: '80' } as const;
const initArguments = ['init', '--quiet', '--bare', '--template=', '--initial-branch=main'];
const sourceRef = 'refs/aegis/source';
const commitPattern = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/u;
const fetchArguments = [
  'fetch',
  '--quiet',
  '--depth=1',
  '--no-tags',
  '--no-recurse-submodules',
  '--no-auto-maintenance',
  '--no-write-fetch-head',
  '--',
];

// A branch, a tag or a commit: nothing that git would take for an option, a range or another refspec. Source: git-check-ref-format(1).
function isRef(ref: string): boolean {
  return /^[A-Za-z0-9][\w./+-]{0,199}$/u.test(ref) && !/\.\.|\/\/|\.lock(?:\/|$)|\/\.|[./]$/u.test(ref);
}

// No credentials (they would end in logs), no query, nothing that git would take for another transport.
function parseRemote(text: string, reach: Reach): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !reach.protocols.some((protocol) => protocol === url.protocol)) return undefined;
  return url.username === '' && url.password === '' && url.search === '' && url.hash === '' ? url : undefined;
}

function fetchError(end: GitEnd): FetchError | undefined {
  if (end.ended === 'done') return undefined;
  if (end.ended === 'killed') return { code: killedCodes[end.why] };
  if (/couldn't find remote ref|not our ref|upload-pack: not our ref/u.test(end.text)) return { code: 'git.ref_unknown' };
  if (end.text.includes('died of signal 25')) return { code: 'git.too_large' }; // SIGXFSZ: one file over the limit
  if (/fsck|index-pack|unpack-objects|fatal: .*(?:pack|object)|File size limit/u.test(end.text)) return { code: 'git.objects_refused' };
  return { code: 'git.remote_refused' };
}

const killedCodes = {
  cancelled: 'git.cancelled',
  too_slow: 'git.too_slow',
  too_large: 'git.too_large',
  limit: 'git.limit_reached',
} as const;

async function resolveCommit(run: Omit<GitRun, 'argv'>): Promise<string | undefined> {
  let text = '';
  const end = await runGit({
    ...run,
    argv: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${sourceRef}^{commit}`],
    onOutput: (part) => {
      if (text.length < 100) text += part.toString('latin1');
    },
  });
  const commit = text.trim();
  return end.ended === 'done' && commitPattern.test(commit) ? commit : undefined;
}

/** Bytes of the packs, half-written ones included. */
async function sizeOf(directory: string): Promise<number> {
  const folder = join(directory, 'objects', 'pack');
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        (found) => found.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
