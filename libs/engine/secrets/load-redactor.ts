import type { Assets, LoadError } from '@lib/engine/sdk';
import { ok, type Result } from '@lib/kernel';
import { hidden, hideValues, type QuotedFrom } from './hide-values.ts';
import { loadRules } from './load-rules.ts';
import { matchSecrets, type SecretRules } from './match-secrets.ts';
import { valuePieces } from './value-pieces.ts';

/** Hides secrets in what quotes a file, whoever quotes it. */
export type Redactor = {
  /** The values in a file as pieces of one line each, longest first: what must not be seen of it anywhere. */
  readonly valuesIn: (path: string, text: string) => readonly string[];
  /** A text of any number of lines without those values, and without whatever else in it looks like a secret. Keeps the number of lines. */
  readonly redact: (text: string, from: QuotedFrom) => string;
};

/**
 * Makes a redactor of the rules that find secrets. It is more eager than they are: what is not worth a finding in a test or an example is
 * hidden all the same. Errors: as `loadRules`.
 */
export function loadRedactor(assets: Assets): Result<Redactor, LoadError> {
  const loaded = loadRules(assets);
  if (!loaded.ok) return loaded;
  const rules: SecretRules = { ...loaded.value.compiled, everywhere: true };
  return ok({
    valuesIn: (path, text) => {
      const source = { text };
      return valuePieces(source, matchSecrets(rules, path, source).matches);
    },
    redact: (text, from) => hideFound(rules, hideValues(text, from), from),
  });
}

function hideFound(rules: SecretRules, text: string, { path, lineCharsMax }: QuotedFrom): string {
  let shown = '';
  let at = 0;
  for (const { start, end } of matchSecrets(rules, path, { text }).matches) {
    shown += text.slice(at, start) + text.slice(start, end).replaceAll(/[^\n]+/gu, hidden);
    at = end;
  }
  return (shown + text.slice(at))
    .split('\n')
    .map((line) => line.slice(0, lineCharsMax))
    .join('\n');
}
