import { visibleText } from '../terminal/visible-text.ts';
import type { ImportedStore, StoreError } from './imported-store.ts';
import type { FetchError } from './fetch-mirror.ts';
import type { ImportError } from './import-feeds.ts';
import type { Feeds } from './read-feeds.ts';

/** Everything for which the command changes nothing. */
export type Failure = ImportError | StoreError | FetchError | { readonly code: 'advisories.name_unknown'; readonly name: string };

const reasons: ReadonlyMap<string, string> = new Map([
  ['advisories.source_missing', 'there is no such file or folder'],
  ['advisories.too_large', 'this file is too large for what it is'],
  ['advisories.too_many', 'this folder has too many files'],
  ['advisories.table_broken', 'this table cannot be read, or is cut off'],
  ['advisories.nothing_found', 'nothing in it is an advisory in OSV form, a catalogue or a table'],
  ['advisories.name_unknown', 'nothing was imported under this name'],
  ['advisories.busy', 'another import is under way'],
  ['advisories.store_unreadable', 'the list of what was imported is damaged; remove the folder `advisories` and import again'],
  ['advisories.mirror_refused', 'a mirror is an address that begins with https:'],
  ['ingest.archive_format_unknown', 'this is no zip'],
  ['ingest.archive_truncated', 'this archive is cut off'],
  ['ingest.archive_corrupt', 'this archive is damaged'],
  ['outbound.host_unknown', 'there is no such host, or no network'],
  ['outbound.refused', 'the server refused this'],
  ['outbound.unavailable', 'the server cannot answer now'],
  ['outbound.redirect_refused', 'the server sends to another host'],
  ['outbound.too_slow', 'the server takes too long'],
  ['outbound.broken_off', 'the connection broke off'],
]);

/** Why nothing was changed, in words where there are any. Without the code, which stands beside it. */
export function describeFailure(failure: Failure): string {
  if (failure.code === 'advisories.shrunk' && 'before' in failure) {
    const { ecosystem, before, after } = failure;
    return `${ecosystem} has ${String(after)} advisories where there were ${String(before)}; --shrink takes them all the same`;
  }
  const of = 'file' in failure ? failure.file : 'url' in failure ? failure.url : 'name' in failure ? failure.name : '';
  const reason = reasons.get(failure.code) ?? (failure.code.startsWith('ingest.') ? 'this archive is not safe to read' : 'this failed');
  const status = 'status' in failure ? ` with ${String(failure.status)}` : '';
  return `${reason}${status}${of === '' ? '' : `: ${visibleText(of)}`}`;
}

/** What an import held, in a line or two. */
export function describeImport({ counts, unread }: Feeds): string {
  const { taken, withdrawn, foreign, refused, no_advisory: none } = counts;
  const parts = [
    `${String(taken)} advisories`,
    ...(withdrawn > 0 ? [`${String(withdrawn)} withdrawn`] : []),
    ...(foreign > 0 ? [`${String(foreign)} of other ecosystems`] : []),
    ...(refused + none > 0 ? [`${String(refused + none)} that cannot be read, \`${visibleText(unread ?? '')}\` first`] : []),
  ];
  return `read: ${parts.join(', ')}\n`;
}

/** What is there, a line for each import. */
export function describeStore({ layers, exploited, scores }: ImportedStore): string {
  const rows = [
    ...layers.map(({ name, ecosystem, advisories, withdrawn, date }) => {
      const gone = withdrawn > 0 ? `, ${String(withdrawn)} withdrawn` : '';
      return `  ${ecosystem.padEnd(10)} ${String(advisories).padStart(7)} advisories${gone}, newest of ${date === '' ? 'no day' : date}  (${visibleText(name)})`;
    }),
    ...(exploited === undefined ? [] : [`  exploited  ${String(exploited.count).padStart(7)} flaws, catalogue of ${exploited.date}`]),
    ...(scores === undefined ? [] : [`  EPSS       ${String(scores.count).padStart(7)} probabilities, of ${scores.date}`]),
  ];
  if (rows.length === 0) return "nothing was imported: scans use the release's own advisories\n";
  return `imported, beside the release's own:\n${rows.join('\n')}\n`;
}
