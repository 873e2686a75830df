import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { limits, scanSchema } from '@lib/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testApi, type TestApi } from '../../../../tools/testing/api.ts';
import { plantRepository } from '../../../../tools/testing/plant.ts';

let api: TestApi;
let repositoryId: string;
let theirs: string;
beforeAll(async () => {
  api = await testApi();
  repositoryId = await plantRepository(api, api.acme, 'shop');
  theirs = await plantRepository(api, api.other, 'vault');
});
afterAll(() => api.close());

const logAt = (startLine: number) => ({
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'Semgrep', version: '1' } },
      results: [
        {
          ruleId: 'a',
          message: { text: 'm' },
          locations: [{ physicalLocation: { artifactLocation: { uri: 'a.js' }, region: { startLine } } }],
        },
      ],
    },
  ],
});
const log = JSON.stringify({
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'Semgrep', version: '1' } },
      results: [
        {
          ruleId: 'a',
          message: { text: 'm' },
          locations: [{ physicalLocation: { artifactLocation: { uri: 'a.js' }, region: { startLine: 2 } } }],
        },
        { ruleId: 'b', kind: 'pass', message: { text: 'm' } },
      ],
    },
  ],
});
const bytesOf = (text: string) => new Uint8Array(Buffer.from(text));
type Upload = {
  readonly to?: string;
  readonly raw?: Uint8Array<ArrayBuffer>;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
};
const upload = ({ to = repositoryId, raw = bytesOf(log), token = api.acme.write, headers = {} }: Upload = {}) =>
  api.ask('POST', `/v1/repositories/${to}/results`, { token, raw, headers: { 'content-type': 'application/sarif+json', ...headers } });
const stored = (): readonly string[] => {
  const folder = join(api.workDirectory, api.acme.id);
  return existsSync(folder) ? readdirSync(folder) : [];
};

describe('importResults', () => {
  test('202_leaves_the_drafts_for_the_worker_and_says_in_the_log_what_came', async () => {
    const answer = await upload();
    expect(answer.status).toBe(202);
    const { id } = scanSchema.parse(answer.json);
    const lines = readFileSync(join(api.workDirectory, api.acme.id, id, 'drafts.jsonl'), 'utf8');
    expect(
      lines
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { ruleId: string }).ruleId),
    ).toEqual(['semgrep/a']);
    const rows = await api.database.admin(
      `select s.stage, encode(s.drafts_sha256, 'hex') as drafts, s.coverage -> 'analyzers' -> 0 ->> 'tool' as tool,
        s.coverage -> 'analyzers' -> 0 -> 'notes' as notes,
        (select count(*) from app.job where payload ->> 'scanId' = ($1::uuid)::text and kind = 'findings.record')::int as jobs
       from app.scan s where s.id = $1::uuid`,
      [id],
    );
    const drafts = createHash('sha256').update(lines).digest('hex');
    expect(rows).toEqual([{ stage: 'record', drafts, tool: 'semgrep', notes: ['1 results left out: passed'], jobs: 1 }]);
    const events = (await api.audit(api.acme.id, 'results.imported')).filter(({ targets }) => targets[0]?.id === id);
    expect(events.map(({ detail }) => detail)).toEqual([
      { sha256: createHash('sha256').update(log).digest('hex'), findingCount: 1, tools: 'semgrep' },
    ]);
  });

  test('202_the_same_results_again_are_the_scan_that_recorded_them_until_other_results_of_the_tool_come', async () => {
    const of = await plantRepository(api, api.acme, 'again');
    const said = (line: number, extra: object = {}) => bytesOf(JSON.stringify({ ...logAt(line), ...extra }));
    const scanOf = async (raw: Uint8Array<ArrayBuffer>): Promise<string> => scanSchema.parse((await upload({ to: of, raw })).json).id;
    const end = (id: string) =>
      api.database.admin(`update app.scan set state = 'succeeded', stage = 'done', finished_at = now() where id = $1`, [id]);
    const first = await scanOf(said(2));
    expect(await scanOf(said(2))).not.toBe(first); // not recorded yet
    await api.database.admin('delete from app.job where tenant_id = $1', [api.acme.id]);
    const second = await scanOf(said(2));
    await end(second);
    const before = stored();
    expect(await scanOf(said(2, { properties: { at: 'a later time' } }))).toBe(second);
    expect(stored()).toEqual(before);
    const third = await scanOf(said(7));
    expect(third).not.toBe(second);
    await end(third);
    expect(await scanOf(said(2))).not.toBe(second); // what came since has closed it
    const events = (await api.audit(api.acme.id, 'results.imported')).filter(({ targets }) => targets[0]?.id === second);
    expect(events).toHaveLength(2);
  });

  test('202_a_packed_log_is_the_same', async () => {
    const raw = new Uint8Array(gzipSync(log));
    const answer = await upload({ raw, headers: { 'content-type': 'application/gzip' } });
    expect(answer.status).toBe(202);
    const { id } = scanSchema.parse(answer.json);
    expect(readFileSync(join(api.workDirectory, api.acme.id, id, 'drafts.jsonl'), 'utf8')).toContain('semgrep/a');
  });

  const notResults = [
    ['text that is no JSON', bytesOf('hello')],
    ['JSON that is no log', bytesOf('{"version":"2.1.0"}')],
    ['bytes that are no text', new Uint8Array([0xff, 0xfe, 0x00])],
    ['a packed log that is cut off', new Uint8Array(gzipSync(log).subarray(0, 30))],
    ['no bytes', new Uint8Array()],
  ] as const;
  test.each(notResults)('400_for_%s_and_nothing_is_stored', async (_, raw) => {
    const before = stored();
    const answer = await upload({ raw });
    expect([answer.status, answer.code]).toEqual([400, 'sarif.invalid']);
    expect(stored()).toEqual(before);
  });

  test('401_without_a_live_credential', async () => {
    expect((await upload({ token: 'none' })).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_credential_of_scope_read', async () => {
    expect((await upload({ token: api.acme.read })).code).toBe('identity.scope_too_small');
  });

  test('other_tenants_repository_answers_404_like_an_absent_one_and_nothing_is_written', async () => {
    const [foreign, absent] = [await upload({ to: theirs }), await upload({ to: randomUUID() })];
    expect([foreign.status, foreign.code, absent.status, absent.code]).toEqual([404, 'repository.not_found', 404, 'repository.not_found']);
    expect(await api.database.admin('select 1 from app.scan where repository_id = $1', [theirs])).toEqual([]);
  });

  test('409_for_a_key_that_was_used_for_other_bytes', async () => {
    const digest = (raw: Uint8Array) => `sha-256=:${createHash('sha256').update(raw).digest('base64')}:`;
    const first = bytesOf(log);
    const second = bytesOf(`${log} `);
    await upload({ raw: first, headers: { 'idempotency-key': 'log-1', 'content-digest': digest(first) } });
    const answer = await upload({ raw: second, headers: { 'idempotency-key': 'log-1', 'content-digest': digest(second) } });
    expect([answer.status, answer.code]).toEqual([409, 'http.idempotency_key_reused']);
  });

  test('413_for_a_length_over_the_limit_and_for_a_small_log_that_unpacks_past_it', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${api.acme.write}`,
        'content-type': 'application/sarif+json',
        'content-length': String(limits.importBytesMax + 1),
      };
      const sent = request(`${api.base}/v1/repositories/${repositoryId}/results`, { method: 'POST', headers }, (answer) => {
        resolve(answer.statusCode);
        sent.destroy();
      });
      sent.once('error', reject);
      sent.flushHeaders();
    });
    expect(status).toBe(413);
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(limits.importBytesMax + 1, ' ')));
    const answer = await upload({ raw: bomb, headers: { 'content-type': 'application/gzip' } });
    expect([answer.status, answer.code]).toEqual([413, 'http.body_too_large']);
  });

  const otherMedia = ['application/json', 'text/plain', 'application/zip'];
  test.each(otherMedia)('415_for_%s', async (type) => {
    const answer = await upload({ headers: { 'content-type': type }, raw: bytesOf('{}') });
    expect([answer.status, answer.code]).toEqual([415, 'http.media_type_unsupported']);
  });
});
