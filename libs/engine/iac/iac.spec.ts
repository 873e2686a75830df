import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { findingDraftSchema, ruleCasesSchema } from '@lib/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { yamlFiles } from '../../../tools/compile-assets.ts';
import { openScanner, type Scanner } from './testing/scanner.ts';

const root = join(import.meta.dirname, 'rules');
const files = yamlFiles(root).map((file) => ({
  name: relative(root, file),
  document: parse(readFileSync(file, 'utf8')) as Record<string, unknown>,
}));
let scanner: Scanner;

beforeAll(async () => {
  scanner = await openScanner();
});

describe.each(files)('$name', ({ name, document }) => {
  const cases = ruleCasesSchema.parse(document['cases']);
  const id = String(document['id']);

  it('stands_in_the_folder_of_its_area', () => {
    expect(name).toBe(`${id}.rule.yaml`);
  });

  it.each(cases.match)('matches in $path: $code', ({ path, code }) => {
    const { drafts, coverage } = scanner.scan({ [path]: code });
    expect(coverage).toEqual([]);
    expect(drafts.map((draft) => draft.ruleId)).toContain(id);
    for (const draft of drafts) expect(findingDraftSchema.safeParse(draft).error).toBeUndefined();
  });

  it.each(cases.clean)('is silent on $path: $code', ({ path, code }) => {
    const { drafts, coverage } = scanner.scan({ [path]: code });
    expect(coverage).toEqual([]);
    expect(drafts.map((draft) => draft.ruleId)).not.toContain(id);
  });
});
