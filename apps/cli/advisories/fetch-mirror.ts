import { mkdir, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { dirname, join } from 'node:path';
import { limits } from '@lib/contract';
import type { Ecosystem } from '@lib/engine/sca';
import { err, ok, type Result } from '@lib/kernel';
import { downloadFile, publicReach, type Downloaded, type DownloadError, type Reach } from '@lib/platform/outbound';

/** Where exports are fetched from: `BASE/npm/all.zip` for each ecosystem, and the two tables, which a mirror may lack. */
export type Mirror = {
  readonly base: string;
  readonly ecosystems: readonly Ecosystem[];
  readonly exploitedUrl: string;
  readonly scoresUrl: string;
  readonly onFile: (url: string) => void;
  /** What the server called a file of which everything is still known; undefined for all others. */
  readonly knownEtag?: (file: MirrorFile) => string | undefined;
};

/** A file of a mirror. */
export type MirrorFile = { readonly url: string; readonly of: Ecosystem | 'exploited' | 'scores' };

/** What came of a mirror: tables that are not there, files that are as they were, and what the server calls those that came. */
export type Fetched = {
  readonly missing: readonly string[];
  readonly unchanged: readonly string[];
  readonly etags: Readonly<Record<string, string>>;
};

/** Why nothing was fetched. `status` is the server's, where it answered. */
export type FetchError = {
  readonly code: DownloadError['code'] | 'advisories.mirror_refused';
  readonly url: string;
  readonly status?: number;
};

/** osv.dev's public exports, CISA's catalogue and FIRST's table of the day. */
export const publicMirror = {
  base: 'https://osv-vulnerabilities.storage.googleapis.com',
  exploitedUrl: 'https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json',
  scoresUrl: 'https://epss.empiricalsecurity.com/epss_scores-current.csv.gz',
};

/** The addresses of a mirror of one's own, which keeps the tables beside the exports. */
export function ownMirror(base: string): typeof publicMirror {
  const trimmed = base.replace(/\/{1,10}$/u, '');
  return {
    base: trimmed,
    exploitedUrl: `${trimmed}/known_exploited_vulnerabilities.json`,
    scoresUrl: `${trimmed}/epss_scores-current.csv.gz`,
  };
}

/**
 * Fetches a mirror's files into an empty folder, as an import reads them; what is as it was is not fetched again. Plain HTTP is for this
 * machine alone: whoever stands between could take advisories out. Errors: `advisories.mirror_refused`, `outbound.*`.
 */
export async function fetchMirror(mirror: Mirror, into: string): Promise<Result<Fetched, FetchError>> {
  const fetched = { missing: new Array<string>(), unchanged: new Array<string>(), etags: new Map<string, string>() };
  for (const { url, of, file } of filesOf(mirror, into)) {
    await mkdir(dirname(file), { recursive: true });
    const one = await fetchOne(mirror, { url, of }, file);
    const isTable = of === 'exploited' || of === 'scores';
    if (one.ok) {
      if (one.value.etag !== undefined) fetched.etags.set(url, one.value.etag);
    } else if (one.error.code === 'outbound.not_modified') fetched.unchanged.push(url);
    else if (isTable && one.error.status === 404) fetched.missing.push(url);
    else return one;
    if (!one.ok) await rm(file, { force: true }); // what was begun is no file
  }
  return ok({ ...fetched, etags: Object.fromEntries(fetched.etags) });
}

function filesOf({ base, ecosystems, exploitedUrl, scoresUrl }: Mirror, into: string): readonly (MirrorFile & { readonly file: string })[] {
  return [
    ...ecosystems.map((of) => ({ of, url: `${base}/${of}/all.zip`, file: join(into, of, 'all.zip') })),
    { of: 'exploited', url: exploitedUrl, file: join(into, 'known_exploited_vulnerabilities.json') },
    { of: 'scores', url: scoresUrl, file: join(into, 'epss_scores-current.csv.gz') },
  ];
}

async function fetchOne({ onFile, knownEtag }: Mirror, { url, of }: MirrorFile, into: string): Promise<Result<Downloaded, FetchError>> {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.protocol !== 'https:' && !isThisMachine(parsed))) return err({ code: 'advisories.mirror_refused', url });
  onFile(url);
  const etag = knownEtag?.({ url, of });
  const fetched = await downloadFile({
    url,
    into,
    redirectHosts: [parsed.host],
    bytesMax: limits.advisoryFeedBytesMax,
    wallMs: limits.advisorySyncWallMs,
    reach: operatorReach,
    ...(etag === undefined ? {} : { knownEtag: etag }),
  });
  if (fetched.ok) return fetched;
  return err({ code: fetched.error.code, url, ...('status' in fetched.error ? { status: fetched.error.status } : {}) });
}

// Whoever runs the command says where from: a mirror inside a company has an address that is not of the internet.
const operatorReach: Reach = { mayReach: () => true, resolve: publicReach.resolve, protocols: ['https:', 'http:'] };

function isThisMachine({ protocol, hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/gu, '');
  return protocol === 'http:' && (host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.')));
}
