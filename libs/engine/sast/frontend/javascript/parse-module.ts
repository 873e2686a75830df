import { parseSync, type Program } from 'oxc-parser';
import { err, ok, type Result } from '@lib/kernel';
import { nestingOf } from './nesting-of.ts';

/** Why a file has no syntax tree; the codes are coverage reasons. */
export type ParseError = { readonly code: 'syntax_error' | 'limit_reached'; readonly detail: string };

/** A syntax tree, and what the parser had to skip to make it. */
export type ParsedModule = { readonly program: Program; readonly syntaxError: string | undefined };

/** Bounds of the parser's own recursion. It is native code: past its stack the process dies, so the bound is checked before. */
export type ParseBounds = { readonly nestingMax: number; readonly runMax: number };

/**
 * Parses JavaScript or TypeScript. A file that only parses in part gives the part together with `syntaxError`.
 * Errors: `limit_reached` when the text nests deeper than the parser's stack bears, `syntax_error` when nothing was understood.
 */
export function parseModule(path: string, text: string, bounds: ParseBounds): Result<ParsedModule, ParseError> {
  const { depth, run } = nestingOf(text);
  if (depth > bounds.nestingMax) return err({ code: 'limit_reached', detail: `nesting of ${String(depth)}` });
  if (run > bounds.runMax) return err({ code: 'limit_reached', detail: `an expression of ${String(run)} words and signs` });
  const best = bestParse(path, text);
  if (best === undefined) return err({ code: 'syntax_error', detail: 'not understood' });
  if (best.syntaxError !== undefined && best.program.body.length === 0) return err({ code: 'syntax_error', detail: best.syntaxError });
  return ok(best);
}

/** Flow annotations in plain .js are common, and so is TypeScript that only parses with JSX on or off: a second try as its neighbour. */
function bestParse(path: string, text: string): ParsedModule | undefined {
  const first = parse(path, text, languageOf(path));
  if (first !== undefined && first.syntaxError === undefined) return first;
  const second = parse(path, text, secondLanguageOf(path));
  return second !== undefined && second.syntaxError === undefined ? second : (first ?? second);
}

type Language = 'js' | 'jsx' | 'ts' | 'tsx';

function languageOf(path: string): Language {
  if (path.endsWith('.tsx')) return 'tsx';
  if (/\.[cm]?ts$/u.test(path)) return 'ts';
  return 'jsx';
}

function secondLanguageOf(path: string): Language {
  if (path.endsWith('.tsx')) return 'ts';
  return /\.[cm]?ts$/u.test(path) ? 'tsx' : 'ts';
}

function parse(path: string, text: string, lang: Language): ParsedModule | undefined {
  const sourceType = path.endsWith('.cjs') ? 'script' : 'unambiguous';
  try {
    const result = parseSync(path, text, { lang, sourceType, preserveParens: false });
    return { program: result.program, syntaxError: result.errors[0]?.message };
  } catch {
    return undefined; // the parser's own failure on this text: the caller reports it as not understood
  }
}
