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
    const rule = compileRules([secretRuleSchema.parse({ ...document, cases: undefined })]);
    const keyword = present(rule[0]?.rule.match.keywords[0], 'a keyword');
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
});
