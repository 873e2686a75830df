import { err, ok, type Result } from '@lib/kernel';

/** Why bytes are not source text; the codes are coverage reasons. */
export type SourceTextError = { readonly code: 'binary' | 'not_utf8' };

/** A file as text, with line starts for offset-to-position look-ups. Offsets count UTF-16 code units; lines and columns are 1-based. */
export type SourceText = {
  readonly text: string;
  readonly lineCount: number;
  /** Line `line` (1-based) without its terminator; '' outside the file. */
  readonly line: (line: number) => string;
  readonly position: (offset: number) => { readonly line: number; readonly column: number };
};

const binaryProbeBytes = 8000; // git's own heuristic: a NUL this early means binary

/** Decodes bytes as strict UTF-8 (a leading byte-order mark is dropped). Errors: `binary`, `not_utf8`. */
export function sourceText(bytes: Uint8Array): Result<SourceText, SourceTextError> {
  if (bytes.subarray(0, binaryProbeBytes).includes(0)) return err({ code: 'binary' });
  try {
    return ok(indexLines(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
  } catch {
    return err({ code: 'not_utf8' });
  }
}

/** Indexes text that is already decoded. */
export function indexLines(text: string): SourceText {
  let known: readonly number[] | undefined; // most files have nothing to say of their lines
  const starts = (): readonly number[] => (known ??= lineStarts(text));
  const startOf = (line: number): number => starts()[line - 1] ?? text.length;
  return {
    text,
    get lineCount() {
      return starts().length;
    },
    line: (line) => (line < 1 || line > starts().length ? '' : text.slice(startOf(line), startOf(line + 1)).replace(/\r?\n$/u, '')),
    position: (offset) => {
      const line = lastAtOrBefore(starts(), offset) + 1;
      return { line, column: offset - startOf(line) + 1 };
    },
  };
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function lastAtOrBefore(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
