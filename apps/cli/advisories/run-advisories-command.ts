import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { ok } from '@lib/kernel';
import { visibleText } from '../terminal/visible-text.ts';
import { changeStore, readStore, type ImportedStore } from './imported-store.ts';
import { describeFailure, describeImport, describeStore, type Failure } from './describe-advisories.ts';
import { fetchMirror, ownMirror, publicMirror, type MirrorFile } from './fetch-mirror.ts';
import { importFeeds, type FeedImport } from './import-feeds.ts';
import { mergeStore, type StorePlaces } from './merge-store.ts';
import { advisoryPlaces } from './refresh-advisories.ts';
import { advisoriesUsage, parseAdvisoriesArguments, type AdvisoriesArguments } from './parse-advisories-arguments.ts';

/** Where the command writes and what it stands on. */
export type AdvisoriesTerminal = {
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  readonly checkout: string;
};

const exits = { done: 0, unchanged: 1, usage: 2 } as const;

/** `aegis advisories ...`: what dependencies are compared with. Answers the exit code; 1 when nothing was changed. */
export async function runAdvisoriesCommand(argv: readonly string[], terminal: AdvisoriesTerminal): Promise<number> {
  const parsed = parseAdvisoriesArguments(argv);
  if (!parsed.ok) {
    terminal.writeError(`aegis: ${visibleText(parsed.error.detail)}\n\n${advisoriesUsage}`);
    return exits.usage;
  }
  const places = advisoryPlaces(terminal.checkout, parsed.value.data === undefined ? undefined : resolve(parsed.value.data));
  switch (parsed.value.verb) {
    case 'help':
      terminal.write(advisoriesUsage);
      return exits.done;
    case 'list':
      return list(places, terminal);
    case 'import': {
      const { source, name = basename(resolve(source)), shrink } = parsed.value;
      return importFrom({ places, terminal }, { source: resolve(source), name, shrink, now: today() });
    }
    case 'sync':
      return sync({ places, terminal }, parsed.value);
    case 'remove':
      return remove({ places, terminal }, parsed.value.name);
  }
}

type Given = { readonly places: StorePlaces; readonly terminal: AdvisoriesTerminal };

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function fail({ writeError }: AdvisoriesTerminal, failure: Failure): number {
  writeError(`aegis: ${describeFailure(failure)}; nothing was changed (${failure.code})\n`);
  return exits.unchanged;
}

async function list({ folder }: StorePlaces, terminal: AdvisoriesTerminal): Promise<number> {
  const store = await readStore(folder);
  if (!store.ok) return fail(terminal, store.error);
  terminal.write(describeStore(store.value));
  return exits.done;
}

async function importFrom({ places, terminal }: Given, request: FeedImport): Promise<number> {
  const imported = await importFeeds(places, request);
  if (!imported.ok) return fail(terminal, imported.error);
  terminal.write(describeImport(imported.value.feeds));
  terminal.write(describeStore(imported.value.store));
  return exits.done;
}

async function sync(given: Given, { from, ecosystems, shrink }: Extract<AdvisoriesArguments, { readonly verb: 'sync' }>): Promise<number> {
  const name = from ?? 'osv.dev';
  if (from !== undefined && !/^https?:/u.test(from)) return importFrom(given, { source: resolve(from), name, shrink, now: today() });
  const store = await readStore(given.places.folder);
  if (!store.ok) return fail(given.terminal, store.error);
  const scratch = await mkdtemp(join(tmpdir(), 'aegis-advisories-'));
  try {
    const onFile = (url: string): void => given.terminal.writeError(`aegis: fetching ${visibleText(url)}\n`);
    const mirror = from === undefined ? publicMirror : ownMirror(from);
    const knownEtag = (file: MirrorFile): string | undefined =>
      isKnown(store.value, name, file) ? store.value.etags?.[file.url] : undefined;
    const fetched = await fetchMirror({ ...mirror, ecosystems, onFile, knownEtag }, scratch);
    if (!fetched.ok) return fail(given.terminal, fetched.error);
    const { missing, unchanged, etags } = fetched.value;
    for (const url of missing) given.terminal.writeError(`aegis: not there, so what was known stays: ${visibleText(url)}\n`);
    for (const url of unchanged) given.terminal.writeError(`aegis: as it was, so what was known stays: ${visibleText(url)}\n`);
    if (unchanged.length > 0 && unchanged.length + missing.length === ecosystems.length + tables)
      return await list(given.places, given.terminal);
    return await importFrom(given, { source: scratch, name, shrink, now: today(), etags });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

const tables = 2; // beside the exports

// What a file brought may have been removed, or replaced, since it was fetched.
function isKnown({ layers, exploited, scores }: ImportedStore, name: string, { of }: MirrorFile): boolean {
  if (of === 'exploited') return exploited !== undefined;
  return of === 'scores' ? scores !== undefined : layers.some((layer) => layer.name === name && layer.ecosystem === of);
}

async function remove({ places, terminal }: Given, name: string): Promise<number> {
  const changed = await changeStore(places.folder, async (store) => {
    const layers = store.layers.filter((layer) => layer.name !== name);
    return layers.length === store.layers.length
      ? { ok: false as const, error: { code: 'advisories.name_unknown' as const, name } }
      : ok(await mergeStore(places, { ...store, layers }));
  });
  if (!changed.ok) return fail(terminal, changed.error);
  terminal.write(describeStore(changed.value));
  return exits.done;
}
