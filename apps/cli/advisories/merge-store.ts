import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  advisoryAsset,
  advisoryIndexAsset,
  ecosystems,
  mergeLayers,
  openAdvisoryFile,
  type AdvisoryFile,
  type Ecosystem,
  type ExploitScores,
  type KnownExploited,
} from '@lib/engine/sca';
import { z } from 'zod';
import { keepText, type ImportedStore } from './imported-store.ts';

const exploitedSchema = z.object({ date: z.string(), days: z.record(z.string(), z.string()) });
const scoresSchema = z.object({ date: z.string(), scores: z.record(z.string(), z.number()) });

/** Where the store and the release are. `runtime` is the built sandbox, whose assets are what the release knows. */
export type StorePlaces = { readonly folder: string; readonly runtime: string };

/**
 * Makes the advisories of every ecosystem anew from what the release knows and what was imported, and answers the store with them. A store
 * without imports stands in for nothing.
 */
export async function mergeStore({ folder, runtime }: StorePlaces, store: ImportedStore): Promise<ImportedStore> {
  const base = await baseOf(runtime);
  if (store.layers.length === 0 && store.exploited === undefined && store.scores === undefined) {
    return { ...store, current: { base, files: [] } };
  }
  const exploited = await tableOf(folder, store.exploited?.file, exploitedSchema);
  const scores = await tableOf(folder, store.scores?.file, scoresSchema);
  const files: ImportedStore['current']['files'] = [];
  for (const ecosystem of ecosystems) {
    const text = await mergeEcosystem({ folder, runtime, store, ecosystem, exploited, scores });
    files.push(standIn(advisoryAsset(ecosystem), await keepText(folder, text, 'osv')));
  }
  const index = await keepText(folder, JSON.stringify(files.map(({ asset, sha256 }) => ({ asset, sha256 }))), 'json');
  return { ...store, current: { base, files: [...files, standIn(advisoryIndexAsset, index)] } };
}

function standIn(asset: string, file: string): ImportedStore['current']['files'][number] {
  return { asset, file, sha256: file.slice(0, file.indexOf('.')) };
}

/** SHA-256 of the list of what the release knows. */
export async function baseOf(runtime: string): Promise<string> {
  const index = await readFile(join(runtime, 'assets', advisoryIndexAsset));
  return createHash('sha256').update(index).digest('hex');
}

type Part = StorePlaces & {
  readonly store: ImportedStore;
  readonly ecosystem: Ecosystem;
  readonly exploited: KnownExploited | undefined;
  readonly scores: ExploitScores | undefined;
};

async function mergeEcosystem({ folder, runtime, store, ecosystem, exploited, scores }: Part): Promise<string> {
  const layers: AdvisoryFile[] = [];
  for (const layer of store.layers.filter((one) => one.ecosystem === ecosystem)) {
    const opened = openAdvisoryFile(await readFile(join(folder, layer.file), 'utf8'));
    if (opened !== undefined) layers.push(opened);
  }
  return mergeLayers({ ecosystem, base: openAdvisoryFile(await readBase(runtime, ecosystem)), layers, exploited, scores });
}

function readBase(runtime: string, ecosystem: Ecosystem): Promise<string> {
  return readFile(join(runtime, 'assets', advisoryAsset(ecosystem)), 'utf8');
}

async function tableOf<T>(folder: string, file: string | undefined, schema: z.ZodType<T>): Promise<T | undefined> {
  return file === undefined ? undefined : schema.parse(JSON.parse(await readFile(join(folder, file), 'utf8')));
}
