import { analyzerNames, limits, type AnalyzerName, type RunnerOrder, type SandboxMessage } from '@lib/contract';
import { openIgnores, type Ignores } from '@lib/engine/ignores';
import type { Analyzer, Assets, CodeUse, LoadedAnalyzer, LoadError } from '@lib/engine/sdk';
import { loadRedactor, type Redactor } from '@lib/engine/secrets';
import { Fault } from '@lib/kernel';
import { boundedReport, type ScanBudget } from './bounded-report.ts';
import { enterSandbox, readOrder } from './enter-sandbox.ts';
import { openTree, sealedFiles, wantedTree, type SealedTree } from './open-tree.ts';
import { redactMessages } from './redact-messages.ts';
import { runtimeAssets } from './runtime-assets.ts';
import { writeLine } from './write-line.ts';

const notLoadedDigest = '0'.repeat(64); // of an analyzer that never had rules

/** What a run begins with, beside the analyzers. */
export type Start = { readonly order: RunnerOrder; readonly redactor: Redactor };

/** An analyzer of the order, with its code in memory; `failure` says why it has none. */
type Loaded = { readonly analyzer: Analyzer; readonly ready: LoadedAnalyzer | undefined; readonly failure: string };

/**
 * The life of one runner: load code and rules, close the sandbox, then read the tree, analyse, report, end.
 * One analyzer that throws costs itself, never the others.
 */
export async function runAnalysis(known: readonly Analyzer[], { order, redactor }: Start = startFromFile()): Promise<void> {
  const loaded = await loadAnalyzers(known, order);
  await enterSandbox(order);
  const tree = openTree(order.treeDirectory);
  const redact = redactMessages({ redactor, read: sealedFiles(tree) });
  const emit = (message: SandboxMessage): void => writeLine(JSON.stringify(redact(message)));
  const files = sealedFiles(tree);
  const ignores = openIgnores({ read: files, today: order.today });
  const run: Run = { tree, ignores, budget: { findings: 0, components: 0 }, ended: new Set(), codeUses: undefined, emit };
  for (const [index, entry] of loaded.entries())
    analyzeTree(entry, { run, isHeard: loaded.slice(index + 1).some(({ analyzer }) => analyzer.asksCodeUse === true) });
  tellDeadIgnores(loaded, run, order);
  run.emit({ type: 'end' });
  process.exit(0);
}

function startFromFile(): Start {
  const order = readOrder();
  return { order, redactor: openRedactor(runtimeAssets(order.runtimeDirectory)) };
}

/** The redactor of every message. Without it nothing may be said, so nothing runs. Errors: Fault `sandbox.redaction_failed`. */
export function openRedactor(assets: Assets): Redactor {
  const loaded = loadRedactor(assets);
  if (loaded.ok) return loaded.value;
  throw new Fault('sandbox.redaction_failed', { internal: `${loaded.error.code}: ${loaded.error.asset}: ${loaded.error.detail}` });
}

async function loadAnalyzers(known: readonly Analyzer[], order: RunnerOrder): Promise<readonly Loaded[]> {
  const assets = runtimeAssets(order.runtimeDirectory);
  const asked = known.filter((analyzer) => order.analyzers.includes(analyzer.name));
  const loaded: Loaded[] = [];
  for (const analyzer of asked) {
    try {
      const result = await analyzer.load(assets);
      const opened = result.ok ? await result.value.open?.(assets, order.grammars) : undefined;
      if (opened?.ok === false) loaded.push({ analyzer, ready: undefined, failure: describe(opened.error) });
      else if (result.ok) loaded.push({ analyzer, ready: result.value, failure: '' });
      else loaded.push({ analyzer, ready: undefined, failure: describe(result.error) });
    } catch (error) {
      loaded.push({ analyzer, ready: undefined, failure: textOf(error) });
    }
  }
  return loaded;
}

function describe(error: LoadError): string {
  return `${error.code}: ${error.asset}: ${error.detail}`;
}

type Run = {
  readonly tree: SealedTree;
  readonly ignores: Ignores;
  readonly budget: ScanBudget;
  readonly ended: Set<AnalyzerName>;
  /** What an analyzer that ended said of packages: it never leaves this process. */
  codeUses: readonly CodeUse[] | undefined;
  readonly emit: (message: SandboxMessage) => void;
};

type Turn = { readonly run: Run; /** An analyzer that comes later asks what sources do with packages. */ readonly isHeard: boolean };

function analyzeTree({ analyzer, ready, failure }: Loaded, { run, isHeard }: Turn): void {
  const { tree, budget, emit } = run;
  const startedNs = process.hrtime.bigint(); // the other clock of Node is a module of its own, in every snapshot
  const view = wantedTree(tree, analyzer, emit);
  const report = boundedReport({ analyzer: analyzer.name, filesTotal: view.tree.files.length, budget, ignores: run.ignores, emit });
  const said: CodeUse[] = [];
  const given = run.codeUses === undefined ? view.tree : { ...view.tree, codeUses: run.codeUses };
  const heard = isHeard ? { ...report.report, codeUse: (use: CodeUse) => void said.push(use) } : report.report;
  const failed = ready === undefined ? failure : attempt(() => ready.analyze(given, heard));
  if (failed === undefined && said.length > 0) run.codeUses = said;
  if (failed === undefined) run.ended.add(analyzer.name);
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
      durationMs: Math.round(Number(process.hrtime.bigint() - startedNs) / 1_000_000),
      finished: failed === undefined,
    },
  });
}

// What asks in vain is told once for the tree, of files that some analyzer looks at.
function tellDeadIgnores(loaded: readonly Loaded[], { tree, ignores, ended, emit }: Run, order: RunnerOrder): void {
  const rules = new Set(loaded.flatMap(({ ready }) => ready?.rules.map(({ id }) => id) ?? []));
  const all = analyzerNames.every((name) => order.analyzers.includes(name));
  const paths = tree.files.map(({ path }) => path).filter((path) => loaded.some(({ analyzer }) => analyzer.wants(path)));
  for (const { path, detail } of ignores.dead(paths, { rules, all, finished: ended.size === loaded.length }))
    emit({ type: 'coverage', entry: { path, reason: 'ignore_dead', detail: detail.slice(0, limits.noteCharsMax) } });
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
