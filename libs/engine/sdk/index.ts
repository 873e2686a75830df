export type { Analyzer, Assets, LoadedAnalyzer, LoadError, Report, Tree, TreeFile } from './analyzer.ts';
export type { CodeUse, ModuleUse } from './code-use.ts';
export { indexLines, sourceText, type SourceText, type SourceTextError } from './source-text.ts';
export { excerptAround } from './excerpt.ts';
export { identify, occurrenceCounter, type FingerprintParts } from './fingerprint.ts';
export { tokensOf, type Token } from './token-shape.ts';
export { loadDocuments, type Documents } from './load-documents.ts';
