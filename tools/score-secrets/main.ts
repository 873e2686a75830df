import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { secrets } from '@lib/engine/secrets';
import type { LoadedAnalyzer } from '@lib/engine/sdk';
import { sourceAssets } from '../testing/source-assets.ts';
import { readGoSamples, type Sample } from './read-go-samples.ts';

/**
 * `score-secrets FOLDER [--list]`: how many of gitleaks' own samples the secrets analyzer reports. FOLDER is a checkout of that project.
 * A positive sample counts as reported when any rule of ours reports something in it. That project tries each sample on one rule alone, so a
 * negative sample of one provider is often a credential of no known form (a token one character too long): for those, our rules for credentials
 * in general do not count; for the negative samples of its own general rule, anything counts. The stricter count, with every rule, stands beside.
 */
async function main([folder, ...flags]: readonly string[]): Promise<number> {
  if (folder === undefined) {
    process.stderr.write('usage: score-secrets FOLDER [--list]\n');
    return 2;
  }
  const loaded = await secrets.load(sourceAssets);
  if (!loaded.ok) throw new Error(`${loaded.error.code}: ${loaded.error.detail}`);
  const { samples, unread } = readFolder(join(folder, 'cmd/generate/config/rules'));
  const judged = samples.map((sample) => ({ sample, rules: rulesReporting(loaded.value, sample) }));
  const positives = judged.filter(({ sample }) => sample.secret);
  const negatives = judged.filter(({ sample }) => !sample.secret);
  const missed = positives.filter(({ rules }) => rules.length === 0);
  const strict = negatives.filter(({ rules }) => rules.length > 0);
  const flagged = strict.filter(
    ({ sample, rules }) => sample.rule === theirGeneralRule || rules.some((rule) => !ourGeneralRules.has(rule)),
  );
  if (flags.includes('--list')) {
    const line = (kind: string) => (each: (typeof judged)[number]) =>
      `${kind} ${each.sample.rule} ${each.rules.join(' ')}: ${JSON.stringify(each.sample.text.slice(0, 160))}\n`;
    process.stdout.write([...missed.map(line('missed')), ...flagged.map(line('false'))].join(''));
  }
  process.stdout.write(
    [
      `positive samples reported: ${share(positives.length - missed.length, positives.length)}`,
      `negative samples reported: ${share(flagged.length, negatives.length)}; by any rule at all: ${share(strict.length, negatives.length)}`,
      `lists not read: ${String(unread.length)}`,
      ...unread.map((each) => `  ${each}`),
      '',
    ].join('\n'),
  );
  return 0;
}

const theirGeneralRule = 'GenericCredential';
const ourGeneralRules: ReadonlySet<string> = new Set(['secret/generic-credential']);

function readFolder(folder: string): { readonly samples: readonly Sample[]; readonly unread: readonly string[] } {
  const random = seededRandom(20);
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.go'))
    .toSorted();
  const read = files.map((name) => readGoSamples(name, readFileSync(join(folder, name), 'utf8'), random));
  const samples = read.flatMap((each) => each.samples);
  const real = new Set(samples.filter(({ secret }) => secret).map(({ text }) => text));
  // what is no secret of one kind and a secret of another is no negative for an analyzer that knows both
  return { samples: samples.filter(({ secret, text }) => secret || !real.has(text)), unread: read.flatMap((each) => each.unread) };
}

function rulesReporting(analyzer: LoadedAnalyzer, { path, text }: Sample): readonly string[] {
  const rules: string[] = [];
  const bytes = new TextEncoder().encode(text);
  analyzer.analyze(
    { files: [{ path, bytes: bytes.length, sha256: '0'.repeat(64) }], read: () => bytes },
    { finding: ({ ruleId }) => rules.push(ruleId), coverage: () => undefined, fileDone: () => undefined, note: () => undefined },
  );
  return rules;
}

// Mulberry32: the same samples in each run.
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function share(part: number, whole: number): string {
  return `${String(part)} of ${String(whole)} (${((100 * part) / Math.max(1, whole)).toFixed(1)} %)`;
}

process.exitCode = await main(process.argv.slice(2));
