import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { iac } from '@lib/engine/iac';
import type { LoadedAnalyzer } from '@lib/engine/sdk';
import { parse } from 'yaml';
import { z } from 'zod';
import { sourceAssets } from '../testing/source-assets.ts';
import type { Judged } from '../score-sast/tally.ts';

const examplesSchema = z.record(
  z.string(),
  z.looseObject({ good: z.array(z.string()).nullish(), bad: z.array(z.string()).nullish() }).nullable(),
);
const mappingSchema = z.record(z.string(), z.array(z.string()));

/**
 * Judges the good and bad examples that stand beside the checks of a trivy-checks checkout. Each example is a tree of one file. It counts as
 * reported when one of our rules for that check's subject speaks; the subjects file says which rules those are. A check of which it says nothing
 * has none, so its bad examples are missed. What other rules say of an example is not judged: good of one check may be bad of another.
 */
export async function goodAndBad(folder: string, subjectsFile: string): Promise<readonly Judged[]> {
  const loaded = await iac.load(sourceAssets);
  if (!loaded.ok) throw new Error(`${loaded.error.code}: ${loaded.error.detail}`);
  const mapping = mappingSchema.parse(parse(readFileSync(subjectsFile, 'utf8')));
  const known = new Set(loaded.value.rules.map(({ id }) => id));
  const strangers = Object.values(mapping).flatMap((rules) => rules.filter((rule) => !known.has(rule)));
  if (strangers.length > 0) throw new Error(`${subjectsFile}: no such rules: ${strangers.join(', ')}`);
  const checks = join(folder, 'checks');
  return readdirSync(checks, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .flatMap((file) => {
      const name = relative(checks, file)
        .replaceAll('\\', '/')
        .replace(/\.yaml$/u, '');
      const examples = examplesSchema.parse(parse(readFileSync(file, 'utf8')));
      return Object.entries(examples).flatMap(([format, sides]) =>
        (['good', 'bad'] as const).flatMap((side) =>
          (sides?.[side] ?? []).map((text, at): Judged => {
            const rules = rulesReporting(loaded.value, pathOf(format, text), text);
            const isReported = (mapping[name] ?? []).some((rule) => rules.has(rule));
            return {
              category: categoryOf(name, format),
              path: `${name} ${format} ${side}`,
              line: at + 1,
              isFlaw: side === 'bad',
              isReported,
            };
          }),
        ),
      );
    });
}

function categoryOf(name: string, format: string): string {
  const [first = '', provider = ''] = name.split('/');
  return first === 'cloud' ? `${provider} ${format}` : first;
}

function pathOf(format: string, text: string): string {
  if (format === 'terraform') return 'main.tf';
  if (format === 'dockerfile') return 'Dockerfile';
  return format === 'cloudformation' && text.trimStart().startsWith('{') ? 'template.json' : 'template.yaml';
}

function rulesReporting(analyzer: LoadedAnalyzer, path: string, text: string): ReadonlySet<string> {
  const rules = new Set<string>();
  const bytes = new TextEncoder().encode(text);
  analyzer.analyze(
    { files: [{ path, bytes: bytes.length, sha256: '0'.repeat(64) }], read: () => bytes },
    { finding: ({ ruleId }) => rules.add(ruleId), coverage: () => undefined, fileDone: () => undefined, note: () => undefined },
  );
  return rules;
}
