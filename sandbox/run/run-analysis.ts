import { performance } from 'node:perf_hooks';
import type { RunnerOrder, SandboxMessage } from '@lib/contract';
import type { Analyzer, LoadedAnalyzer } from '@lib/engine/sdk';
import { boundedReport, type FindingBudget } from './bounded-report.ts';
import { enterSandbox, readOrder } from './enter-sandbox.ts';
import { openTree, wantedTree, type SealedTree } from './open-tree.ts';
import { runtimeAssets } from './runtime-assets.ts';
import { writeLine } from './write-line.ts';

const notLoadedDigest = '0'.repeat(64); // of an analyzer that never had rules

/** An analyzer of the order, with its code in memory; `failure` says why it has none. */
type Loaded = { readonly analyzer: Analyzer; readonly ready: LoadedAnalyzer | undefined; readonly failure: string };

/**
 * The life of one runner: load code and rules, close the sandbox, then read the tree, analyse, report, end.
 * One analyzer that throws costs itself, never the others.
 */
export async function runAnalysis(known: readonly Analyzer[], order: RunnerOrder = readOrder()): Promise<void> {
  const loaded = await loadAnalyzers(known, order);
  await enterSandbox(order);
  const tree = openTree(order.treeDirectory);
  const budget: FindingBudget = { findings: 0 };
  for (const entry of loaded) analyzeTree(entry, tree, budget);
  emit({ type: 'end' });
  process.exit(0);
}

async function loadAnalyzers(known: readonly Analyzer[], order: RunnerOrder): Promise<readonly Loaded[]> {
  const assets = runtimeAssets(order.runtimeDirectory);
  const asked = known.filter((analyzer) => order.analyzers.includes(analyzer.name));
  const loaded: Loaded[] = [];
  for (const analyzer of asked) {
    try {
      const result = await analyzer.load(assets);
      if (result.ok) loaded.push({ analyzer, ready: result.value, failure: '' });
      else loaded.push({ analyzer, ready: undefined, failure: `${result.error.code}: ${result.error.asset}: ${result.error.detail}` });
    } catch (error) {
      loaded.push({ analyzer, ready: undefined, failure: textOf(error) });
    }
  }
  return loaded;
}

function analyzeTree({ analyzer, ready, failure }: Loaded, sealed: SealedTree, budget: FindingBudget): void {
  const startedMs = performance.now();
  const view = wantedTree(sealed, analyzer, emit);
  const report = boundedReport({ analyzer: analyzer.name, filesTotal: view.tree.files.length, budget, emit });
  const failed = ready === undefined ? failure : attempt(() => ready.analyze(view.tree, report.report));
  if (failed !== undefined) {
    emit({ type: 'coverage', entry: { path: '.', reason: 'analyzer_failed', analyzer: analyzer.name, detail: failed.slice(0, 300) } });
  }
  const figures = report.finish();
  emit({
    type: 'analyzer',
    run: {
      analyzer: analyzer.name,
      version: analyzer.version,
      ruleDigest: ready?.ruleDigest ?? notLoadedDigest,
      filesWanted: view.filesWanted,
      ...figures,
      durationMs: Math.round(performance.now() - startedMs),
      finished: failed === undefined,
    },
  });
}

function attempt(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return textOf(error);
  }
}

// Only our own code throws here, but its message may quote the file it read: bounded, without NUL.
function textOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : 'threw something that is not an error';
  return text.replaceAll('\u0000', '');
}

function emit(message: SandboxMessage): void {
  writeLine(JSON.stringify(message));
}
