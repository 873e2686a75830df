import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { advisoryIndexAsset, ecosystems, openAdvisoryFile, writeAdvisoryFile, advisoryAsset } from '@lib/engine/sca';
import { zipOf } from '../../../sandbox/unpack/testing/build-zip.ts';
import { readStore } from './imported-store.ts';
import { advisoryPlaces, refreshAdvisories } from './refresh-advisories.ts';
import { runAdvisoriesCommand } from './run-advisories-command.ts';

const root = mkdtempSync(join(tmpdir(), 'aegis-advisories-'));
const { folder, runtime } = advisoryPlaces(root);
afterAll(() => rmSync(root, { recursive: true, force: true }));

function release(id: string): void {
  const record = { id, aliases: [], summary: id, cwe: [], ranges: [[{ introduced: '0' }, { fixed: '1.0.0' }]], versions: [], symbols: [] };
  mkdirSync(join(runtime, 'assets'), { recursive: true });
  for (const ecosystem of ecosystems) {
    const text = writeAdvisoryFile({ ecosystem, sources: [] }, ecosystem === 'npm' ? [['of-the-release', record]] : []);
    writeFileSync(join(runtime, 'assets', advisoryAsset(ecosystem)), text);
  }
  writeFileSync(join(runtime, 'assets', advisoryIndexAsset), id);
}
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  release('GHSA-base');
});

const osv = (id: string, more: object = {}): string =>
  JSON.stringify({
    id,
    modified: '2026-08-01T00:00:00Z',
    summary: 'bad',
    affected: [
      { package: { ecosystem: 'npm', name: 'a' }, ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { fixed: '2.0.0' }] }] },
    ],
    ...more,
  });

function source(files: Readonly<Record<string, string | Buffer>>): string {
  const directory = mkdtempSync(join(root, 'source-'));
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(directory, name, '..'), { recursive: true });
    writeFileSync(join(directory, name), bytes);
  }
  return directory;
}

async function run(...argv: readonly string[]): Promise<{ code: number; out: string; errors: string }> {
  let out = '';
  let errors = '';
  const terminal = { write: (text: string) => void (out += text), writeError: (text: string) => void (errors += text), checkout: root };
  return { code: await runAdvisoriesCommand(argv, terminal), out, errors };
}

/** What a scan would find in the advisories of npm: `name id kev epss`. */
async function npm(): Promise<readonly string[]> {
  const store = await readStore(folder);
  const file = store.ok ? store.value.current.files.find(({ asset }) => asset === advisoryAsset('npm'))?.file : undefined;
  const opened = file === undefined ? undefined : openAdvisoryFile(readFileSync(join(folder, file), 'utf8'));
  return [...(opened?.entries() ?? [])].map(([name, { id, kev = '-', epss = '-' }]) => `${name} ${id} ${kev} ${String(epss)}`);
}

const catalogue = JSON.stringify({
  catalogVersion: '1',
  dateReleased: '2026-08-21T00:00:00Z',
  vulnerabilities: [{ cveID: 'CVE-2026-0001', dateAdded: '2026-02-03' }],
});
const table = '#model_version:v1,score_date:2026-08-22T00:00:00Z\ncve,epss,percentile\nCVE-2026-0001,0.25,0.9\n';

describe('aegis advisories import', () => {
  it('a_zip_is_merged_with_what_the_release_knows_and_named_with_its_day', async () => {
    const file = join(
      source({
        'all.zip': zipOf([
          { name: 'GHSA-1.json', body: osv('GHSA-1') },
          { name: 'GHSA-2.json', body: osv('GHSA-2') },
        ]),
      }),
      'all.zip',
    );
    const { code, out, errors } = await run('import', file, '--name', 'osv');
    expect([code, errors]).toEqual([0, '']);
    expect(out).toContain('read: 2 advisories\n');
    expect(out).toContain('npm              2 advisories, newest of 2026-08-01  (osv)');
    expect(await npm()).toEqual(['a GHSA-1 - -', 'a GHSA-2 - -', 'of-the-release GHSA-base - -']);
  });

  it('a_folder_brings_documents_archives_the_catalogue_and_the_table_at_once', async () => {
    const from = source({
      'npm/all.zip': zipOf([{ name: 'GHSA-1.json', body: osv('GHSA-1', { aliases: ['CVE-2026-0001'] }) }]),
      'own/list.json': `[${osv('OWN-1')}, ${osv('OWN-2', { withdrawn: '2026-01-01T00:00:00Z' })}]`,
      'known_exploited_vulnerabilities.json': catalogue,
      'epss.csv.gz': gzipSync(table),
      'notes.txt': 'not read',
    });
    const { code, out } = await run('import', from, '--name', 'all');
    expect(code).toBe(0);
    expect(out).toMatch(
      /read: 2 advisories, 1 withdrawn\n[^]*exploited +1 flaws, catalogue of 2026-08-21\n +EPSS +1 probabilities, of 2026-08-22\n/u,
    );
    expect(await npm()).toEqual(['a GHSA-1 2026-02-03 0.25', 'a OWN-1 - -', 'of-the-release GHSA-base - -']);
  });

  it('what_was_imported_under_the_same_name_is_replaced_and_other_names_stay', async () => {
    await run('import', source({ 'a.json': osv('GHSA-1') }), '--name', 'one');
    await run('import', source({ 'b.json': osv('GHSA-2') }), '--name', 'two');
    await run('import', source({ 'c.json': osv('GHSA-3') }), '--name', 'one');
    expect(await npm()).toEqual(['a GHSA-2 - -', 'a GHSA-3 - -', 'of-the-release GHSA-base - -']);
    expect((await run('remove', 'two')).code).toBe(0);
    expect(await npm()).toEqual(['a GHSA-3 - -', 'of-the-release GHSA-base - -']);
  });

  it('a_table_that_comes_later_reaches_what_was_imported_before', async () => {
    await run('import', source({ 'a.json': osv('GHSA-1', { aliases: ['CVE-2026-0001'] }) }));
    await run('import', join(source({ 'kev.json': catalogue }), 'kev.json'));
    expect((await npm())[0]).toBe('a GHSA-1 2026-02-03 -');
  });

  it('a_source_that_lost_half_of_what_it_had_is_refused_until_that_is_asked_for', async () => {
    await run('import', source({ 'a.json': `[${osv('GHSA-1')},${osv('GHSA-2')},${osv('GHSA-3')}]` }), '--name', 'one');
    const before = await npm();
    const smaller = source({ 'a.json': osv('GHSA-1') });
    const refused = await run('import', smaller, '--name', 'one');
    expect([refused.code, refused.errors]).toEqual([
      1,
      'aegis: npm has 1 advisories where there were 3; --shrink takes them all the same; nothing was changed (advisories.shrunk)\n',
    ]);
    expect(await npm()).toEqual(before);
    expect((await run('import', smaller, '--name', 'one', '--shrink')).code).toBe(0);
  });

  it('what_cannot_be_read_is_counted_and_the_first_is_named', async () => {
    const { code, out } = await run(
      'import',
      source({ 'a.json': osv('GHSA-1'), 'b.json': '{"id":', 'c.json': '{"id":"GHSA-9","affected":7}' }),
    );
    expect(code).toBe(0);
    expect(out).toContain('read: 1 advisories, 2 that cannot be read, `b.json` first\n');
  });

  it('nothing_but_what_is_in_use_stays_in_the_folder', async () => {
    for (const id of ['GHSA-1', 'GHSA-2', 'GHSA-3', 'GHSA-4']) await run('import', source({ 'a.json': osv(id) }), '--name', 'one');
    const store = await readStore(folder);
    const used = store.ok ? new Set([...store.value.layers, ...store.value.current.files].map(({ file }) => file)).size : 0;
    // those in use, those that a reader of the list before may still be copying, and the list
    expect(readdirSync(folder).length).toBeLessThanOrEqual(used + 4);
    expect(readdirSync(folder).filter((name) => /lock|partial/u.test(name))).toEqual([]);
  });

  const cutOff = zipOf([{ name: 'a.json', body: osv('GHSA-1') }]).subarray(0, -30);
  it.each<readonly [string, Readonly<Record<string, string | Buffer>> | undefined, string]>([
    ['no file', undefined, 'advisories.source_missing'],
    ['nothing of use', { 'a.json': '{"name":"package"}' }, 'advisories.nothing_found'],
    ['a table that is cut off', { 'a.csv': `${table}CVE-20` }, 'advisories.table_broken'],
    ['a table whose packing is cut off', { 'a.csv.gz': gzipSync(table).subarray(0, -12) }, 'advisories.table_broken'],
    ['an archive that is cut off', { 'a.zip': cutOff }, 'ingest.archive_truncated'],
    [
      'an archive whose sizes lie',
      { 'a.zip': zipOf([{ name: 'a.json', body: osv('GHSA-1'), bytes: 3, local: { bytes: 3 } }]) },
      'ingest.archive_corrupt',
    ],
  ])('%s_changes_nothing_and_says_why', async (_, files, errorCode) => {
    await run('import', source({ 'a.json': osv('GHSA-1') }), '--name', 'one');
    const before = [await npm(), readFileSync(join(folder, 'store.json'), 'utf8')];
    const { code, errors } = await run('import', files === undefined ? join(root, 'nowhere') : source(files), '--name', 'one');
    expect(code).toBe(1);
    expect(errors).toMatch(new RegExp(`nothing was changed \\(${errorCode}\\)\\n$`, 'u'));
    expect([await npm(), readFileSync(join(folder, 'store.json'), 'utf8')]).toEqual(before);
  });

  it('two_at_once_are_one_after_the_other_or_refused_and_never_mixed', async () => {
    const sources = [source({ 'a.json': osv('GHSA-1') }), source({ 'b.json': osv('GHSA-2') })];
    const ran = await Promise.all(sources.map((from, index) => run('import', from, '--name', String(index))));
    const done = ran.filter(({ code }) => code === 0).length;
    expect((await npm()).length).toBe(done + 1);
    for (const { code, errors } of ran) if (code !== 0) expect(errors).toContain('(advisories.busy)');
  });

  it('the_lock_of_a_process_that_is_gone_holds_nobody_up', async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'store.lock'), '999999999');
    expect((await run('import', source({ 'a.json': osv('GHSA-1') }))).code).toBe(0);
  });

  it('a_damaged_list_is_said_and_not_replaced', async () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'store.json'), '{"v":1}');
    const { code, errors } = await run('import', source({ 'a.json': osv('GHSA-1') }));
    expect([code, errors.includes('(advisories.store_unreadable)')]).toEqual([1, true]);
    expect(readFileSync(join(folder, 'store.json'), 'utf8')).toBe('{"v":1}');
  });
});

describe('a new release', () => {
  it('is_merged_with_what_was_imported_before_it_at_the_next_start', async () => {
    await run('import', source({ 'a.json': osv('GHSA-1') }));
    release('GHSA-newer');
    expect(await npm()).toContain('of-the-release GHSA-base - -');
    await refreshAdvisories({ folder, runtime });
    expect(await npm()).toEqual(['a GHSA-1 - -', 'of-the-release GHSA-newer - -']);
  });

  it('changes_nothing_where_nothing_was_imported', async () => {
    await refreshAdvisories({ folder, runtime });
    expect(await npm()).toEqual([]);
    expect((await run('list')).out).toBe("nothing was imported: scans use the release's own advisories\n");
  });
});

describe('aegis advisories sync', () => {
  const files: Record<string, Buffer | string | undefined> = {};
  const sent: string[] = [];
  let promised: number | undefined;
  const server = createServer((request, response) => {
    const bytes = files[request.url ?? ''];
    if (bytes === undefined) return void response.writeHead(404).end();
    const etag = `"${createHash('sha256').update(bytes).digest('hex')}"`;
    if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
    sent.push(request.url ?? '');
    response.writeHead(200, { etag, ...(promised === undefined ? {} : { 'content-length': promised }) });
    // fewer bytes than were promised, and the connection ends
    if (promised === undefined) response.end(bytes);
    else response.write(bytes, () => request.socket.destroy());
  });
  let from = '';
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    from = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  afterAll(() => server.close());
  beforeEach(() => {
    sent.length = 0;
    promised = undefined;
    for (const name of Object.keys(files)) files[name] = undefined;
    files['/npm/all.zip'] = zipOf([{ name: 'GHSA-1.json', body: osv('GHSA-1', { aliases: ['CVE-2026-0001'] }) }]);
  });

  it('a_mirrors_exports_and_tables_are_fetched_and_imported', async () => {
    files['/known_exploited_vulnerabilities.json'] = catalogue;
    files['/epss_scores-current.csv.gz'] = gzipSync(table);
    const { code, out } = await run('sync', '--from', from, '--ecosystems', 'npm');
    expect(code).toBe(0);
    expect(out).toContain(`(${from})`);
    expect(await npm()).toEqual(['a GHSA-1 2026-02-03 0.25', 'of-the-release GHSA-base - -']);
  });

  it('tables_that_a_mirror_lacks_are_named_and_what_was_known_stays', async () => {
    await run('import', join(source({ 'kev.json': catalogue }), 'kev.json'));
    const { code, errors } = await run('sync', '--from', `${from}/`, '--ecosystems', 'npm');
    expect(code).toBe(0);
    expect(errors).toContain(`not there, so what was known stays: ${from}/known_exploited_vulnerabilities.json`);
    expect((await npm())[0]).toBe('a GHSA-1 2026-02-03 -');
  });

  it('what_is_as_it_was_is_not_fetched_again_and_what_changed_is', async () => {
    files['/known_exploited_vulnerabilities.json'] = catalogue;
    files['/PyPI/all.zip'] = zipOf([
      { name: 'PYSEC-1.json', body: osv('PYSEC-1', { affected: [{ package: { ecosystem: 'PyPI', name: 'b' }, versions: ['1.0'] }] }) },
    ]);
    const sync = () => run('sync', '--from', from, '--ecosystems', 'npm,PyPI');
    expect((await sync()).code).toBe(0);
    const before = await npm();
    sent.length = 0;
    const again = await sync();
    expect([again.code, sent, await npm()]).toEqual([0, [], before]);
    expect(again.errors).toContain(`as it was, so what was known stays: ${from}/npm/all.zip`);
    files['/npm/all.zip'] = zipOf([{ name: 'GHSA-2.json', body: osv('GHSA-2') }]);
    expect((await sync()).code).toBe(0);
    expect(sent).toEqual(['/npm/all.zip']);
    expect((await npm())[0]).toMatch(/^a GHSA-2 /u);
  });

  it('what_was_removed_is_fetched_again_whatever_the_server_calls_it', async () => {
    await run('sync', '--from', from, '--ecosystems', 'npm');
    await run('remove', from);
    expect(await npm()).not.toContain('a GHSA-1 - -');
    sent.length = 0;
    expect((await run('sync', '--from', from, '--ecosystems', 'npm')).code).toBe(0);
    expect(sent).toContain('/npm/all.zip');
    expect((await npm())[0]).toMatch(/^a GHSA-1 /u);
  });

  it('an_export_that_ends_too_early_changes_nothing_and_is_fetched_whole_the_next_time', async () => {
    promised = 1_000_000;
    const { code, errors } = await run('sync', '--from', from, '--ecosystems', 'npm');
    expect([code, errors.includes('(outbound.broken_off)')]).toEqual([1, true]);
    expect(await npm()).toEqual([]);
    promised = undefined;
    expect((await run('sync', '--from', from, '--ecosystems', 'npm')).code).toBe(0);
    expect((await npm())[0]).toBe('a GHSA-1 - -');
  });

  it('an_export_that_a_mirror_lacks_changes_nothing', async () => {
    const { code, errors } = await run('sync', '--from', from, '--ecosystems', 'npm,PyPI');
    expect([
      code,
      errors.endsWith(`the server refused this with 404: ${from}/PyPI/all.zip; nothing was changed (outbound.refused)\n`),
    ]).toEqual([1, true]);
    expect(await npm()).toEqual([]);
  });

  it('a_folder_is_a_mirror_too', async () => {
    const mirror = source({ 'npm/all.zip': Buffer.from(files['/npm/all.zip'] ?? '') });
    expect((await run('sync', '--from', mirror)).code).toBe(0);
    expect((await npm())[0]).toBe('a GHSA-1 - -');
  });

  it('plain_http_to_another_machine_is_refused_before_anything_is_sent', async () => {
    const { code, errors } = await run('sync', '--from', 'http://mirror.example');
    expect([code, errors.includes('(advisories.mirror_refused)')]).toEqual([1, true]);
  });
});

describe('the arguments of aegis advisories', () => {
  it.each([
    [['import'], 'which file or folder'],
    [['import', 'a', 'b'], 'one word too many'],
    [['sync', 'a'], 'a mirror is named by --from'],
    [['sync', '--ecosystems', 'npm,cpan'], 'there is no ecosystem `cpan`'],
    [['remove'], 'which import'],
    [['forget'], 'there is no `advisories forget`'],
    [['list', '--frm', 'x'], 'Unknown option'],
  ])('%j_exits_2_and_says_why', async (argv, why) => {
    const { code, errors } = await run(...argv);
    expect(code).toBe(2);
    expect(errors).toContain(why);
  });

  it('a_name_that_was_never_imported_cannot_be_removed', async () => {
    expect((await run('remove', 'x')).errors).toBe(
      'aegis: nothing was imported under this name: x; nothing was changed (advisories.name_unknown)\n',
    );
  });
});
