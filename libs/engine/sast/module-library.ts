import { grammarOf, limits, type GrammarName } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { sourceText, type SourceText, type Tree } from '@lib/engine/sdk';
import { findDisabledGuards } from './frontend/disabled-guards.ts';
import { lowerModule } from './frontend/javascript/lower-module.ts';
import { parseModule } from './frontend/javascript/parse-module.ts';
import type { LoweringBounds } from './frontend/emitter.ts';
import { lowerGo } from './frontend/go/lower-go.ts';
import { lowerJava } from './frontend/java/lower-java.ts';
import { lowerPython } from './frontend/python/lower-python.ts';
import type { SyntaxNode } from './frontend/tree-sitter/syntax-node.ts';
import type { Grammars } from './frontend/tree-sitter/grammars.ts';
import { parseSyntax } from './frontend/tree-sitter/parse-syntax.ts';
import type { IrModule } from './ir/module.ts';

/** A file that was read and lowered, or why it was not. */
export type LibraryEntry =
  | { readonly ok: true; readonly module: IrModule; readonly source: SourceText; readonly problems: readonly LibraryProblem[] }
  | { readonly ok: false; readonly problems: readonly LibraryProblem[] };

/** Why a file is covered in part or not at all; a coverage reason and a word on it. */
export type LibraryProblem = { readonly reason: 'binary' | 'not_utf8' | 'syntax_error' | 'limit_reached'; readonly detail: string };

/** Reads and lowers one file. Undefined when the host cannot give it. */
export function loadModule(tree: Tree, path: string, grammars: Grammars): LibraryEntry | undefined {
  const bytes = tree.read(path);
  return bytes === undefined ? undefined : lower(path, bytes, grammars);
}

function lower(path: string, bytes: Uint8Array, grammars: Grammars): LibraryEntry {
  const source = sourceText(bytes);
  if (!source.ok) return { ok: false, problems: [{ reason: source.error.code, detail: source.error.code }] };
  const { text } = source.value;
  const grammar = grammarOf(path);
  const lowered = grammar === undefined ? lowerScript(path, text) : lowerWith(grammar, grammars, { path, text });
  if (!lowered.ok) return { ok: false, problems: [{ reason: lowered.error.code, detail: lowered.error.detail }] };
  const { module, syntaxError } = lowered.value;
  const problems: LibraryProblem[] = module.limitsReached.map((limit) => ({ reason: 'limit_reached', detail: `${limit} in one file` }));
  if (syntaxError !== undefined) problems.push({ reason: 'syntax_error', detail: syntaxError });
  return { ok: true, module: { ...module, disabledGuards: findDisabledGuards(text) }, source: source.value, problems };
}

type Lowered = { readonly module: IrModule; readonly syntaxError: string | undefined };
type LowerError = { readonly code: LibraryProblem['reason']; readonly detail: string };

const loweringBounds = { nodesMax: limits.sastNodesMax, depthMax: limits.sastSyntaxDepthMax, instructionsMax: limits.sastInstructionsMax };

function lowerScript(path: string, text: string): Result<Lowered, LowerError> {
  const parsed = parseModule(path, text, { nestingMax: limits.sastNestingMax, runMax: limits.sastTokenRunMax });
  if (!parsed.ok) return parsed;
  return ok({ module: lowerModule(path, parsed.value.program, loweringBounds), syntaxError: parsed.value.syntaxError });
}

type Source = { readonly path: string; readonly text: string };
type Lower = (source: Source & { readonly root: SyntaxNode }, bounds: LoweringBounds) => IrModule;

const lowerings: Readonly<Partial<Record<GrammarName, Lower>>> = { java: lowerJava, python: lowerPython, go: lowerGo };

/** A file in a language whose grammar was opened for this tree. */
function lowerWith(grammar: GrammarName, grammars: Grammars, source: Source): Result<Lowered, LowerError> {
  const parser = grammars.get(grammar);
  const lowering = lowerings[grammar];
  if (parser === undefined || lowering === undefined) return err({ code: 'syntax_error', detail: 'the grammar was not opened' });
  const bounds = { stepsMax: limits.sastParserStepsMax, nodesMax: limits.sastNodesMax, depthMax: limits.sastTreeDepthMax };
  const parsed = parseSyntax(parser, source.text, bounds);
  if (!parsed.ok) return parsed;
  const { root, hasErrors } = parsed.value;
  return ok({ module: lowering({ ...source, root }, loweringBounds), syntaxError: hasErrors ? 'understood in part' : undefined });
}
