import { writeAdvisoryFile, type Gathered } from '@lib/engine/sca';
import { err, ok, type Result } from '@lib/kernel';
import { changeStore, keepText, type ImportedStore, type StoreError } from './imported-store.ts';
import { mergeStore, type StorePlaces } from './merge-store.ts';
import { readFeeds, type FeedError, type Feeds } from './read-feeds.ts';

/** One import. `now` is a day, `2026-08-21`. */
export type FeedImport = {
  readonly source: string;
  /** What it is called: what was imported under that name and is of the same ecosystem is replaced. */
  readonly name: string;
  /** Takes a source that has less than half of what it had. */
  readonly shrink: boolean;
  readonly now: string;
  /** What servers call the files of the source, by address. */
  readonly etags?: Readonly<Record<string, string>>;
};

/** Why nothing was imported. */
export type ImportError =
  | FeedError
  | StoreError
  | { readonly code: 'advisories.nothing_found'; readonly file: string }
  | { readonly code: 'advisories.shrunk'; readonly ecosystem: string; readonly before: number; readonly after: number };

/** What is there now, and what the import held. */
export type Imported = { readonly feeds: Feeds; readonly store: ImportedStore };

/**
 * Reads a source whole, then replaces what was imported under its name and makes the advisories anew; scans that start afterwards use
 * them. Nothing changes when anything goes wrong. Errors: those of the feeds and the store, `advisories.nothing_found`, `advisories.shrunk`.
 */
export async function importFeeds(places: StorePlaces, request: FeedImport): Promise<Result<Imported, ImportError>> {
  const feeds = readFeeds(request.source);
  if (!feeds.ok) return feeds;
  const { gathered, exploited, scores } = feeds.value;
  if (gathered.length === 0 && exploited === undefined && scores === undefined) {
    return err({ code: 'advisories.nothing_found', file: request.source });
  }
  const changed = await changeStore<ImportError>(places.folder, async (store) => {
    const layers = await layersOf(places.folder, request, { store, gathered });
    if (!layers.ok) return layers;
    const next: ImportedStore = { ...store, layers: layers.value, etags: { ...store.etags, ...request.etags } };
    if (exploited !== undefined) {
      const file = await keepText(places.folder, JSON.stringify(exploited), 'json');
      next.exploited = { file, date: exploited.date, count: Object.keys(exploited.days).length, importedAt: request.now };
    }
    if (scores !== undefined) {
      const file = await keepText(places.folder, JSON.stringify(scores), 'json');
      next.scores = { file, date: scores.date, count: Object.keys(scores.scores).length, importedAt: request.now };
    }
    return ok(await mergeStore(places, next));
  });
  return changed.ok ? ok({ feeds: feeds.value, store: changed.value }) : changed;
}

type Layer = ImportedStore['layers'][number];

type Replacing = { readonly store: ImportedStore; readonly gathered: readonly Gathered[] };

async function layersOf(
  folder: string,
  { name, shrink, now }: FeedImport,
  { store, gathered }: Replacing,
): Promise<Result<Layer[], ImportError>> {
  const layers = [...store.layers];
  for (const { ecosystem, entries, withdrawn, date } of gathered) {
    const at = layers.findIndex((layer) => layer.name === name && layer.ecosystem === ecosystem);
    const advisories = new Set(entries.map(([, { id }]) => id)).size;
    const before = layers[at]?.advisories ?? 0;
    if (!shrink && advisories < before / 2) return err({ code: 'advisories.shrunk', ecosystem, before, after: advisories });
    const source = { name, date, licence: 'see the source', scope: `as imported on ${now}` };
    const file = await keepText(folder, writeAdvisoryFile({ ecosystem, sources: [source], withdrawn }, entries), 'osv');
    const layer: Layer = { name, ecosystem, file, advisories, withdrawn: withdrawn.length, date, importedAt: now };
    if (at < 0) layers.push(layer);
    else layers[at] = layer;
  }
  return ok(layers);
}
