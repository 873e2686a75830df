import { limits } from '@lib/contract';
import { sourceText, type SourceText, type Tree } from '@lib/engine/sdk';
import { lowerModule } from './frontend/javascript/lower-module.ts';
import { parseModule } from './frontend/javascript/parse-module.ts';
import type { IrModule } from './ir/module.ts';

/** A file that was read and lowered, or why it was not. */
export type LibraryEntry =
  | { readonly ok: true; readonly module: IrModule; readonly source: SourceText; readonly problems: readonly LibraryProblem[] }
  | { readonly ok: false; readonly problems: readonly LibraryProblem[] };

/** Why a file is covered in part or not at all; a coverage reason and a word on it. */
export type LibraryProblem = { readonly reason: 'binary' | 'not_utf8' | 'syntax_error' | 'limit_reached'; readonly detail: string };

/** Reads and lowers one file. Undefined when the host cannot give it. */
export function loadModule(tree: Tree, path: string): LibraryEntry | undefined {
  const bytes = tree.read(path);
  return bytes === undefined ? undefined : lower(path, bytes);
}

function lower(path: string, bytes: Uint8Array): LibraryEntry {
  const text = sourceText(bytes);
  if (!text.ok) return { ok: false, problems: [{ reason: text.error.code, detail: text.error.code }] };
  const parsed = parseModule(path, text.value.text, { nestingMax: limits.sastNestingMax, runMax: limits.sastTokenRunMax });
  if (!parsed.ok) return { ok: false, problems: [{ reason: parsed.error.code, detail: parsed.error.detail }] };
  const bounds = { nodesMax: limits.sastNodesMax, depthMax: limits.sastSyntaxDepthMax, instructionsMax: limits.sastInstructionsMax };
  const module = lowerModule(path, parsed.value.program, bounds);
  const problems: LibraryProblem[] = module.limitsReached.map((limit) => ({ reason: 'limit_reached', detail: `${limit} in one file` }));
  if (parsed.value.syntaxError !== undefined) problems.push({ reason: 'syntax_error', detail: parsed.value.syntaxError });
  return { ok: true, module, source: text.value, problems };
}
