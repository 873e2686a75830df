// Makes the advisory snapshot that the product ships: npm run advisories:snapshot -- MIRRORS FOLDER@REVISION@DATE ...
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ecosystems,
  mergeAliases,
  readOsv,
  writeAdvisoryFile,
  type AdvisoryRecord,
  type AdvisorySource,
  type Ecosystem,
} from '@lib/engine/sca';
import { parse } from 'yaml';
import { z } from 'zod';
import { sources } from './sources.ts';

const root = process.cwd();
const ownDate = '2026-11-28'; // when tools/advisories/own was last gone over
const target = join(root, 'libs/engine/sca/snapshot');
const [mirrors = '', ...revisions] = process.argv.slice(2);
if (!existsSync(mirrors)) {
  process.stderr.write(
    'usage: npm run advisories:snapshot -- MIRRORS FOLDER@REVISION@DATE ...\n  MIRRORS holds a checkout of each source\n',
  );
  process.exit(2);
}

type Gathered = { readonly records: Map<string, AdvisoryRecord[]>; readonly sources: AdvisorySource[] };
const gathered = new Map<Ecosystem, Gathered>(ecosystems.map((name) => [name, { records: new Map(), sources: [] }]));
const exploited = knownExploited(join(mirrors, 'cisagov+kev-data/known_exploited_vulnerabilities.json'));

for (const source of sources) {
  const [, revision = '', date = ''] = revisions.find((given) => given.startsWith(`${source.folder}@`))?.split('@') ?? [];
  const { name, licence, scope } = source;
  take(source.read(join(mirrors, source.folder)));
  gathered.get(source.ecosystem)?.sources.push({ name, licence, scope, date, revision });
}
const own = join(root, 'tools/advisories/own');
const ownSchema = z.object({ advisories: z.array(z.unknown()) });
{
  const files = readdirSync(own)
    .toSorted()
    .map((file) => readFileSync(join(own, file), 'utf8'));
  const documents = files.flatMap((text) => ownSchema.parse(parse(text)).advisories);
  const by = { name: 'Aegis', licence: 'CC0-1.0', scope: 'a few widely used packages, written by hand', date: ownDate };
  for (const ecosystem of take(documents)) gathered.get(ecosystem)?.sources.push(by);
}

mkdirSync(target, { recursive: true });
for (const [ecosystem, { records, sources: from }] of gathered) {
  const entries = [...records].flatMap(([name, list]) => mergeAliases(list).map((record) => [name, withExploited(record)] as const));
  const text = writeAdvisoryFile({ ecosystem, sources: from }, entries);
  writeFileSync(join(target, `${ecosystem.toLowerCase().replace('.', '-')}.osv`), text);
  process.stdout.write(`${ecosystem}: ${String(entries.length)} entries, ${String(Math.round(text.length / 1024))} KiB\n`);
}

/** Files documents by package; answers of which ecosystems they were. */
function take(documents: Iterable<unknown>): ReadonlySet<Ecosystem> {
  const met = new Set<Ecosystem>();
  for (const document of documents) {
    for (const { ecosystem, name, record } of readOsv(document)?.entries ?? []) {
      const records = gathered.get(ecosystem)?.records;
      records?.set(name, [...(records.get(name) ?? []), record]);
      met.add(ecosystem);
    }
  }
  return met;
}

function withExploited(record: AdvisoryRecord): AdvisoryRecord {
  const days = [record.id, ...record.aliases].flatMap((id) => exploited.get(id) ?? []).toSorted();
  return days[0] === undefined ? record : { ...record, kev: days[0] };
}

function knownExploited(path: string): ReadonlyMap<string, string> {
  const schema = z.object({ vulnerabilities: z.array(z.object({ cveID: z.string(), dateAdded: z.string() })) });
  return new Map(schema.parse(JSON.parse(readFileSync(path, 'utf8'))).vulnerabilities.map(({ cveID, dateAdded }) => [cveID, dateAdded]));
}
