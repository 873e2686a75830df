import { analyzers } from '@lib/engine/registry';
import { runAnalysis } from './run/run-analysis.ts';

await runAnalysis(analyzers);
