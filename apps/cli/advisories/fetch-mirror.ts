import { mkdir, rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { limits } from '@lib/contract';
import type { Ecosystem } from '@lib/engine/sca';
import { err, ok, type Result } from '@lib/kernel';
import { downloadFile, publicReach, type DownloadError, type Reach } from '@lib/platform/outbound';

/** Where exports are fetched from: `BASE/npm/all.zip` for each ecosystem, and the two tables, which a mirror may lack. */
export type Mirror = {
  readonly base: string;
  readonly ecosystems: readonly Ecosystem[];
  readonly exploitedUrl: string;
  readonly scoresUrl: string;
  readonly onFile: (url: string) => void;
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
 * Fetches a mirror's files into an empty folder, as an import reads them; answers the addresses of tables that are not there. Plain HTTP is
 * for this machine alone: whoever stands between could take advisories out. Errors: `advisories.mirror_refused`, `outbound.*`.
 */
export async function fetchMirror(mirror: Mirror, into: string): Promise<Result<readonly string[], FetchError>> {
  for (const ecosystem of mirror.ecosystems) {
    await mkdir(join(into, ecosystem), { recursive: true });
    const fetched = await fetchOne(mirror, `${mirror.base}/${ecosystem}/all.zip`, join(into, ecosystem, 'all.zip'));
    if (!fetched.ok) return fetched;
  }
  const missing: string[] = [];
  const tables = [
    [mirror.exploitedUrl, join(into, 'known_exploited_vulnerabilities.json')],
    [mirror.scoresUrl, join(into, 'epss_scores-current.csv.gz')],
  ] as const;
  for (const [url, file] of tables) {
    const fetched = await fetchOne(mirror, url, file);
    if (!fetched.ok && fetched.error.status !== 404) return fetched;
    if (fetched.ok) continue;
    await rm(file, { force: true }); // what was begun is no table
    missing.push(url);
  }
  return ok(missing);
}

async function fetchOne({ onFile }: Mirror, url: string, into: string): Promise<Result<undefined, FetchError>> {
  const parsed = URL.parse(url);
  if (parsed === null || (parsed.protocol !== 'https:' && !isThisMachine(parsed))) return err({ code: 'advisories.mirror_refused', url });
  onFile(url);
  const fetched = await downloadFile({
    url,
    into,
    redirectHosts: [parsed.host],
    bytesMax: limits.advisoryFeedBytesMax,
    wallMs: limits.advisorySyncWallMs,
    reach: operatorReach,
  });
  if (fetched.ok) return ok(undefined);
  return err({ code: fetched.error.code, url, ...('status' in fetched.error ? { status: fetched.error.status } : {}) });
}

// Whoever runs the command says where from: a mirror inside a company has an address that is not of the internet.
const operatorReach: Reach = { mayReach: () => true, resolve: publicReach.resolve, protocols: ['https:', 'http:'] };

function isThisMachine({ protocol, hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/gu, '');
  return protocol === 'http:' && (host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.')));
}
