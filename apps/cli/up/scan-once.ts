import {
  archiveSchema,
  createRepository,
  createScan,
  findingSchema,
  listFindings,
  listRepositories,
  repositorySchema,
  scanDetailSchema,
  scanSchema,
  type FindingView,
  uploadArchive,
  type RepositorySource,
  type RepositoryView,
  type ScanDetailView,
} from '@lib/contract';
import { canonicalJson } from '@lib/kernel';
import { everyPage } from '../api/every-page.ts';
import type { TerminalStyle } from '../terminal/terminal-style.ts';
import type { ApiClient } from './api-client.ts';
import type { ChosenRepository } from './choose-repository.ts';
import { drawProgress } from './draw-progress.ts';

/** One scan and everything that it found, as the API tells it. */
export type ScanReport = { readonly scan: ScanDetailView; readonly findings: readonly FindingView[]; readonly seconds: number };

export type ScanOnce = {
  readonly client: ApiClient;
  readonly repository: ChosenRepository;
  readonly write: (text: string) => void;
  readonly style: TerminalStyle;
  readonly stopping: AbortSignal;
};

/** Connects the repository if it is not connected, uploads an archive, asks for a scan and draws it until it ends. Undefined when the user stopped it. */
export async function scanOnce(options: ScanOnce): Promise<ScanReport | undefined> {
  const { client, stopping } = options;
  const repository = await connect(options);
  const archive = await upload(options, repository);
  const scan = await client.post(createScan.path, { repositoryId: repository.id, ...archive }, scanSchema);
  const startMs = performance.now();
  const drawing = drawProgress(options.write, options.style);
  await client.follow(scan.id, drawing.draw, stopping);
  drawing.end();
  if (stopping.aborted) return undefined;
  const seconds = (performance.now() - startMs) / 1000;
  const detail = await client.get(`/v1/scans/${scan.id}`, scanDetailSchema);
  return { scan: detail, findings: await findingsOf(client, scan.id), seconds };
}

// Two folders may have one name; the second is told apart by a number, as a person would.
async function connect({ client, repository: { kind, place, name } }: ScanOnce): Promise<RepositoryView> {
  const known = await everyPage(client, { path: `${listRepositories.path}?`, item: repositorySchema });
  const source = kind === 'folder' ? { kind, path: place } : kind === 'git' ? { kind, url: place } : { kind };
  const same = known.find((repository) => isSame(repository, source) && (kind !== 'archive' || repository.name === name));
  if (same !== undefined) return same;
  const names = new Set(known.map((repository) => repository.name));
  const free = [name, ...Array.from({ length: known.length + 1 }, (_, index) => `${name} (${String(index + 2)})`)].find(
    (wish) => !names.has(wish),
  );
  return client.post(createRepository.path, { name: free, source }, repositorySchema);
}

function isSame(repository: RepositoryView, source: RepositorySource): boolean {
  return canonicalJson(repository.source) === canonicalJson(source);
}

async function upload(
  { client, repository: { kind, place } }: ScanOnce,
  repository: RepositoryView,
): Promise<{ readonly archiveId?: string }> {
  if (kind !== 'archive') return {};
  const archive = await client.upload(
    uploadArchive.path.replace('{repositoryId}', repository.id),
    { file: place, mediaType: 'application/x-tar' },
    archiveSchema,
  );
  return { archiveId: archive.id };
}

function findingsOf(client: ApiClient, scanId: string): Promise<readonly FindingView[]> {
  return everyPage(client, { path: `${listFindings.path}?scanId=${scanId}&`, item: findingSchema });
}
