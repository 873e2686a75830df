import { join } from 'node:path';
import { startupSnapshot } from 'node:v8';
import type { Analyzer } from '@lib/engine/sdk';
import { Fault, present } from '@lib/kernel';
import { readOrder } from './enter-sandbox.ts';
import { openParser, parseSync } from './parser-binding.ts';
import { openRedactor, runAnalysis } from './run-analysis.ts';
import { runtimeAssets } from './runtime-assets.ts';

/** The argument by which a supervisor finds out that its Node takes the snapshot: nothing else happens. */
const trial = 'trial';

/**
 * The runner as a snapshot of its heap. While it is built (one argument: the runtime folder) rules and grammars are loaded and checked, as
 * every start of `runner.mjs` does; a start from the snapshot finds them in memory, and only opens what is native.
 */
export async function serveSnapshot(known: readonly Analyzer[]): Promise<void> {
  const assets = runtimeAssets(present(process.argv[2], 'the runtime folder'));
  const loaded: Analyzer[] = [];
  for (const analyzer of known) {
    const result = await analyzer.load(assets);
    if (!result.ok) throw new Fault('sandbox.snapshot_failed', { internal: `${analyzer.name}: ${result.error.detail}` });
    loaded.push({ ...analyzer, load: () => Promise.resolve(result) });
  }
  const redactor = openRedactor(assets);
  startupSnapshot.setDeserializeMainFunction(() => {
    if (process.argv.at(-1) === trial) process.exit(0);
    const order = readOrder();
    if (order.analyzers.includes('sast')) warmUpParser(order.runtimeDirectory);
    void runAnalysis(loaded, { order, redactor });
  });
}

// The one analyzer with native code. A first text, so that whatever it opens late is open before the sandbox closes.
function warmUpParser(runtimeDirectory: string): void {
  const [name, file] = [`binding-linux-${process.arch}-gnu`, `parser.linux-${process.arch}-gnu.node`];
  openParser(join(runtimeDirectory, 'node_modules/@oxc-parser', name, file));
  parseSync('load.ts', 'let loaded: boolean');
}
