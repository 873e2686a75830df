import {
  createRepository,
  createScan,
  findingSchema,
  listFindings,
  listRepositories,
  pageOf,
  repositorySchema,
  scanDetailSchema,
  scanSchema,
  type FindingView,
  type RepositoryView,
  type ScanDetailView,
} from '@lib/contract';
import type { z } from 'zod';
import { Fault } from '@lib/kernel';
import type { TerminalStyle } from '../terminal/terminal-style.ts';
import type { ApiClient } from './api-client.ts';
import { drawProgress } from './draw-progress.ts';

const pagesMax = 300; // of 200: more findings than any scan keeps
const pageSize = 200;

/** One scan and everything that it found, as the API tells it. */
export type ScanReport = { readonly scan: ScanDetailView; readonly findings: readonly FindingView[]; readonly seconds: number };

export type ScanOnce = {
  readonly client: ApiClient;
  readonly folder: string;
  readonly name: string;
  readonly write: (text: string) => void;
  readonly style: TerminalStyle;
  readonly stopping: AbortSignal;
};

/** Connects the folder if it is not connected, asks for a scan and draws it until it ends. Undefined when the user stopped it. */
export async function scanOnce(options: ScanOnce): Promise<ScanReport | undefined> {
  const { client, stopping } = options;
  const repository = await connect(options);
  const scan = await client.post(createScan.path, { repositoryId: repository.id }, scanSchema);
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
async function connect({ client, folder, name }: ScanOnce): Promise<RepositoryView> {
  const known = await everyPage(client, `${listRepositories.path}?`, repositorySchema);
  const same = known.find((repository) => repository.source.path === folder);
  if (same !== undefined) return same;
  const names = new Set(known.map((repository) => repository.name));
  const free = [name, ...Array.from({ length: known.length + 1 }, (_, index) => `${name} (${String(index + 2)})`)].find(
    (wish) => !names.has(wish),
  );
  return client.post(createRepository.path, { name: free, source: { kind: 'folder', path: folder } }, repositorySchema);
}

function findingsOf(client: ApiClient, scanId: string): Promise<readonly FindingView[]> {
  return everyPage(client, `${listFindings.path}?scanId=${scanId}&`, findingSchema);
}

async function everyPage<T>(client: ApiClient, path: string, item: z.ZodType<T>): Promise<readonly T[]> {
  const items: T[] = [];
  let cursor = '';
  for (let page = 0; page < pagesMax; page++) {
    const answer = await client.get(`${path}limit=${String(pageSize)}${cursor}`, pageOf(item));
    items.push(...answer.items);
    if (answer.nextCursor === null) return items;
    cursor = `&cursor=${encodeURIComponent(answer.nextCursor)}`;
  }
  throw new Fault('up.too_many_pages', { internal: path });
}
