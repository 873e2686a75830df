import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findingDraftSchema, ruleCasesSchema } from '@lib/contract';
import { yamlFiles } from '../../../tools/compile-assets.ts';
import { analyzeFiles } from './analyze-files.spec-support.ts';
import { sastRuleSchema } from './rules/rule-schema.ts';
import { ruleFor } from './rules/rule-variants.ts';

const documentSchema = sastRuleSchema().extend({ cases: ruleCasesSchema });
const rules = yamlFiles(join(import.meta.dirname, 'rules')).map((file) => documentSchema.parse(parse(readFileSync(file, 'utf8'))));

/** The catalogue that the deliberately broken product and the dashboard agree on. */
const catalogue =
  'sql-injection nosql-injection command-injection code-injection path-traversal zip-slip ssrf open-redirect reflected-xss dom-xss template-injection ' +
  'unsafe-deserialization xxe prototype-pollution mass-assignment regex-injection redos weak-hash weak-cipher insecure-random hardcoded-key insecure-cookie ' +
  'cors-any-origin jwt-misuse tls-verification-off timing-unsafe-comparison log-injection sensitive-data-in-log ldap-injection xpath-injection header-injection ' +
  'missing-tenant-filter library-command-injection library-code-injection library-prototype-pollution library-redos polynomial-redos command-line-injection unsafe-deep-assignment ' +
  'directory-listing client-chosen-rate-key host-substring-check open-operations-page fast-password-hash missing-owner-filter angular-bypass ' +
  'trust-boundary autoescape-off library-command-choice library-sql-injection library-deserialization library-xxe ' +
  'incomplete-sanitization incomplete-multi-character-sanitization incomplete-hostname-regexp missing-regexp-anchor incomplete-url-scheme-check ' +
  'incorrect-suffix-check unvalidated-dynamic-call missing-csrf-check format-string xss-through-dom library-html-injection dom-code-injection ' +
  'remote-property insecure-temporary-file debug-mode stack-trace-exposure hardcoded-credential electron-open-page secret-to-any-window ' +
  'stored-xss served-folder insecure-download secret-in-the-open reset-link-host list-taken-for-text partial-html-escape xml-bomb open-default-typing open-external ' +
  'disabled-guard hidden-literal client-route model-tool model-injection';

/** A case is the main file of a package, so that what it exports is what others call. */
function asPackage({ path, code }: { readonly path: string; readonly code: string }): Readonly<Record<string, string>> {
  return { [path]: code, 'package.json': JSON.stringify({ name: 'case', main: path }) };
}

describe('the rules', () => {
  it('every_rule_of_the_catalogue_exists', () => {
    expect(rules.map((rule) => rule.id).toSorted()).toEqual(
      catalogue
        .split(' ')
        .map((name) => `js/${name}`)
        .toSorted(),
    );
  });
});

describe.each(rules.map((rule) => ({ id: rule.id, rule })))('$id', ({ rule }) => {
  it.each(rule.cases.match.map((item, index) => ({ index, item })))('reports_case_$index', async ({ item }) => {
    const { findings, coverage } = await analyzeFiles(asPackage(item));
    expect(coverage).toEqual([]);
    const id = ruleFor(rule, item.path)?.id;
    const own = findings.filter((finding) => finding.ruleId === id);
    expect(own.length).toBeGreaterThan(0);
    for (const finding of findings) expect(findingDraftSchema.parse(finding)).toEqual(finding);
    if (rule.match.some((match) => match.kind === 'flow'))
      for (const finding of own) if (rule.match.length === 1) expect(finding.flow.length).toBeGreaterThan(1);
  });

  it.each(rule.cases.clean.map((item, index) => ({ index, item })))('is_silent_on_safe_case_$index', async ({ item }) => {
    const { findings, coverage } = await analyzeFiles(asPackage(item));
    expect(coverage).toEqual([]);
    expect(findings.filter((finding) => finding.ruleId === ruleFor(rule, item.path)?.id).map((finding) => finding.message)).toEqual([]);
  });
});
