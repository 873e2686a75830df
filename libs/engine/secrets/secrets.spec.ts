import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { findingDraftSchema, ruleCasesSchema, type FindingDraft } from '@lib/contract';
import { sourceText, type LoadedAnalyzer } from '@lib/engine/sdk';
import { present } from '@lib/kernel';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { yamlFiles } from '../../../tools/compile-assets.ts';
import { sourceAssets } from '../../../tools/testing/source-assets.ts';
import { compileRules, matchSecrets } from './match-secrets.ts';
import { secretRuleSchema } from './rule-schema.ts';
import { secrets } from './secrets.ts';

const root = join(import.meta.dirname, 'rules');
const files = yamlFiles(root).map((file) => ({
  name: relative(root, file),
  document: parse(readFileSync(file, 'utf8')) as Record<string, unknown>,
}));
let loaded: LoadedAnalyzer;

beforeAll(async () => {
  const result = await secrets.load(sourceAssets);
  if (!result.ok) throw new Error(result.error.detail);
  loaded = result.value;
});

function scan(path: string, text: string): readonly FindingDraft[] {
  const bytes = new TextEncoder().encode(text);
  const drafts: FindingDraft[] = [];
  loaded.analyze(
    { files: [{ path, bytes: bytes.length, sha256: 'a'.repeat(64) }], read: () => bytes },
    { finding: (draft) => drafts.push(draft), coverage: () => undefined, fileDone: () => undefined, note: () => undefined },
  );
  return drafts;
}

describe.each(files)('$name', ({ document }) => {
  const cases = ruleCasesSchema.parse(document['cases']);
  const id = String(document['id']);

  it.each(cases.match)('matches in $path: $code', ({ path, code }) => {
    expect(scan(path, code.replaceAll('«»', '')).map((draft) => draft.ruleId)).toContain(id);
  });

  it.each(cases.clean)('is silent on $path: $code', ({ path, code }) => {
    expect(scan(path, code.replaceAll('«»', '')).map((draft) => draft.ruleId)).not.toContain(id);
  });

  it('stays_linear_on_hostile_text', () => {
    const parsed = secretRuleSchema().parse({ ...document, cases: undefined });
    const rule = compileRules([parsed]);
    const keyword = present(parsed.match.keywords[0], 'a keyword');
    for (const unit of [keyword, `${keyword}=`, `${keyword}: "`, 'a'.repeat(40), `${keyword}://a:`, 'eyJa.']) {
      const source = sourceText(new TextEncoder().encode(unit.repeat(Math.ceil(200_000 / unit.length))));
      expect(source.ok).toBe(true);
      if (source.ok) matchSecrets(rule, 'a.env', source.value);
    }
  });
});

describe('secrets', () => {
  const password = ['Vq7xB2', 'mZ9rt'].join('-');

  it('no_part_of_a_draft_contains_the_value', () => {
    const drafts = scan('src/mail.ts', `// rotate ${password}\nconst smtpPassword = '${password}';\n`);
    expect(drafts).toHaveLength(1);
    expect(JSON.stringify(drafts)).not.toContain(password);
    expect(findingDraftSchema.safeParse(drafts[0]).success).toBe(true);
  });

  it('a_moved_line_keeps_its_fingerprint_and_another_secret_has_another', () => {
    const line = `const smtpPassword = '${password}';\n`;
    const [before] = scan('src/mail.ts', line);
    const [after] = scan('src/mail.ts', `\n\n// moved\n${line}`);
    expect(after?.fingerprint).toBe(before?.fingerprint);
    const other = scan('src/mail.ts', `${line}const ftpPassword = 'Kc9sW-6NfHj3';\n`);
    expect(new Set(other.map((draft) => draft.fingerprint)).size).toBe(2);
  });

  it('two_rules_never_report_the_same_characters', () => {
    const drafts = scan('.env', `DATABASE_PASSWORD_URL=postgres://ledger:${password}@db.internal/ledger\n`);
    expect(drafts).toHaveLength(1);
  });

  const token = ['gh', 'p_x9KfQ2mZ7LpR4tVbN8cYhW3sDgJ6uE'].join('');

  it('a_token_whose_checksum_fits_is_certain_and_one_whose_does_not_is_doubted', () => {
    expect(scan('src/a.ts', `const t = '${token}4233jd';\n`)[0]).toMatchObject({ ruleId: 'secret/github-token', confidence: 'high' });
    const [doubted] = scan('src/a.ts', `const t = '${token}4233je';\n`);
    expect(doubted).toMatchObject({ ruleId: 'secret/github-token', confidence: 'low' });
    expect(doubted?.message).toContain('checksum does not fit');
  });

  it('a_secret_in_base64_and_in_base64_of_that_is_reported_where_it_is_packed', () => {
    const once = Buffer.from(`{"registry":{"auth":"${token}4233jd"}}`).toString('base64');
    for (const packed of [once, Buffer.from(`payload=${once}\n`).toString('base64')]) {
      const [draft] = scan('deploy/values.yaml', `# settings\ndata: ${packed}\n`);
      expect(draft?.location).toMatchObject({ startLine: 2, startColumn: 7 });
      expect(JSON.stringify(draft)).not.toContain(packed);
    }
    const thrice = Buffer.from(Buffer.from(Buffer.from(`payload=${once}`).toString('base64')).toString('base64')).toString('base64');
    expect(scan('deploy/values.yaml', `data: ${thrice}\n`)).toEqual([]);
  });

  it.each([
    ["an argument, not its neighbour's name", 'login(token, x9KfQ2mZ7LpR4t);'],
    ['an empty setting before another', 'db.password=\njdbc.ledger.url=p4KcWs6NfHj3\n'],
    ['an identifier of RFC 9562', `apiToken = '6f1c2a9e-0b7d-4c53-9a41-1f2e3d4c5b6a'`],
    ['a digest', `const tokenSeed = 'sha256-p4KcWs6NfHj3q7Xb2LmZv9RtYp4KcWs6'`],
    ['a version', `"credential-provider-env": "^3.972.84"`],
    ['a public key by name', `publicKey = 'q7Xb2LmZv9RtYp4KcWs6'`],
    ['a public key by its form', `webhookKey = 'MCowBQYDK2VwAyEA3vJ0mT0c8m2w4t1yq7kq9d5s8Vb1oQx6hYt2Z0nWc4E='`],
    ['a text in another language', `{ "INITIAL_TOKEN": "输入的令牌需要有6位数字。" }`],
    ['a hash of a password', `password: '$2b$10$p4KcWs6NfHj3q7Xb2LmZv9RtYp4KcWs6q7Xb2LmZv9RtYp4KcWs6'`],
    ['a file', `keyStore_key = 'env/cert2.p12'`],
    ['an alphabet', `const tokenKey = 'abcdefghijklmnopqrstuvwxyz0123456789'`],
    ['a name in the manner of programs', `const secretKey = 'ledgerExportToken2'`],
  ])('is_silent_on_%s', (_, text) => {
    expect(scan('src/a.ts', text)).toEqual([]);
  });
});
