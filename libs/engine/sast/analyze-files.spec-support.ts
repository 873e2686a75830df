import { createHash } from 'node:crypto';
import { grammarNames, type CoverageEntry, type FindingDraft } from '@lib/contract';
import { assert } from '@lib/kernel';
import type { CodeUse, LoadedAnalyzer } from '@lib/engine/sdk';
import { sourceAssets } from '../../../tools/testing/source-assets.ts';
import { sast } from './sast.ts';

/** What an analysis of a few files in memory reported. */
export type Outcome = {
  readonly findings: readonly FindingDraft[];
  readonly coverage: readonly Omit<CoverageEntry, 'analyzer'>[];
  readonly codeUses: readonly CodeUse[];
};

let loaded: LoadedAnalyzer | undefined;

/** Analyses files in memory with the real rules and models, for specs. */
export async function analyzeFiles(files: Readonly<Record<string, string>>): Promise<Outcome> {
  if (loaded === undefined) {
    const result = await sast.load(sourceAssets);
    assert(result.ok, result.ok ? 'the analyzer loads' : result.error.detail);
    loaded = result.value;
    const opened = await loaded.open?.(sourceAssets, grammarNames);
    assert(opened?.ok === true, 'the grammars open');
  }
  const encoded = new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
  const findings: FindingDraft[] = [];
  const coverage: Omit<CoverageEntry, 'analyzer'>[] = [];
  const codeUses: CodeUse[] = [];
  const listed = [...encoded].map(([path, bytes]) => ({
    path,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }));
  loaded.analyze(
    { files: listed, read: (path) => encoded.get(path) },
    {
      finding: (draft) => findings.push(draft),
      coverage: (entry) => coverage.push(entry),
      fileDone: () => undefined,
      note: () => undefined,
      codeUse: (use) => codeUses.push(use),
    },
  );
  // They are told file by file, in the order in which files are read.
  return { findings, coverage, codeUses: codeUses.toSorted((a, b) => (a.path < b.path ? -1 : 1)) };
}
