import type { SourceText } from '@lib/engine/sdk';
import { limits } from '@lib/contract';
import type { SecretRule } from './rule-schema.ts';
import { checkValue } from './check-value.ts';

/** One secret in a file. `start` and `end` are offsets of the value; the value itself goes no further than redaction. */
export type SecretMatch = { readonly rule: SecretRule; readonly start: number; readonly end: number; readonly name: string };

/** A rule with its expression compiled. */
export type CompiledRule = { readonly rule: SecretRule; readonly pattern: RegExp; readonly paths: RegExp | undefined };

/** Compiles the expressions once. A rule whose expression does not compile is a broken release and is left out by the loader's spec. */
export function compileRules(rules: readonly SecretRule[]): readonly CompiledRule[] {
  return rules.toSorted(mostSpecificFirst).map((rule) => ({
    rule,
    pattern: new RegExp(rule.match.pattern, `d${rule.match.flags}g`),
    paths: rule.match.paths === undefined ? undefined : new RegExp(rule.match.paths, 'iu'),
  }));
}

// A provider's own format says more than a name and a value: it gets the first word.
function mostSpecificFirst(a: SecretRule, b: SecretRule): number {
  return genericness(a) - genericness(b);
}

function genericness(rule: SecretRule): number {
  if (rule.match.check === 'generic-value') return 2;
  return rule.match.check === 'real-host-password' ? 1 : 0;
}

/** Every secret in a file; where two rules claim the same characters, the more specific rule keeps them. */
export function matchSecrets(rules: readonly CompiledRule[], path: string, source: Pick<SourceText, 'text'>): readonly SecretMatch[] {
  const lower = source.text.toLowerCase();
  const test = isTestPath(path);
  const found: SecretMatch[] = [];
  for (const compiled of rules) {
    if (!applies(compiled, path, test) || !compiled.rule.match.keywords.some((keyword) => lower.includes(keyword))) continue;
    for (const match of source.text.matchAll(compiled.pattern)) {
      if (found.length >= limits.findingsPerFileMax) return found;
      const secret = secretIn(compiled.rule, match);
      if (secret !== undefined && !found.some((other) => secret.start < other.end && other.start < secret.end)) found.push(secret);
    }
  }
  return found.toSorted((a, b) => a.start - b.start);
}

function applies(compiled: CompiledRule, path: string, test: boolean): boolean {
  return (!test || compiled.rule.match.inTests) && (compiled.paths?.test(path) ?? true);
}

function secretIn(rule: SecretRule, match: RegExpExecArray): SecretMatch | undefined {
  const value = match.groups?.['secret'];
  const span = match.indices?.groups?.['secret'];
  const name = match.groups?.['name'] ?? '';
  if (value === undefined || span === undefined || !checkValue(rule, value)) return undefined;
  if (rule.match.check === 'generic-value' && isAboutSecrets(name)) return undefined;
  return { rule, start: span[0], end: span[1], name };
}

const aboutSecrets =
  /(?:encryption|algorithm|algo|hash(?:er|ing)?|cipher|polic(?:y|ies)|type|name|field|ur[il]|endpoint|path|file|prefix|suffix|header|format|length|size|strategy|method|label|hint|message|error|placeholder|pattern|regex|schema|column|table|index|selector|class|kind|mode|scope|expir[a-z]*|ttl|count|max|min|ids?|ref|arn|provider|store|manager|reset|grant|issuer|audience)s?$/iu;

/** `password_encryption`, `tokenUrl`, `secretName`: these speak of a secret and hold none. */
function isAboutSecrets(name: string): boolean {
  return aboutSecrets.test(name);
}

const testPath =
  /(?:^|\/)(?:tests?|specs?|__tests__|__mocks__|fixtures?|testdata|examples?|samples?|docs?)\/|\.(?:test|spec)\.[a-z]+$|(?:^|\/)[^/]*(?:example|sample|template|\.dist)[^/]*$/iu;

/** Tests, fixtures, examples and documentation: full of values that look like credentials and are none. */
function isTestPath(path: string): boolean {
  return testPath.test(path);
}
