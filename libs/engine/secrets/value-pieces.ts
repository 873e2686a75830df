import type { SourceText } from '@lib/engine/sdk';
import type { SecretMatch } from './match-secrets.ts';

const pieceMin = 4; // shorter lines of a value say nothing, and are everywhere

/** The matched values of a file as pieces of one line each, longest first and each once. */
export function valuePieces(source: Pick<SourceText, 'text'>, matches: readonly SecretMatch[]): readonly string[] {
  return [...new Set(matches.flatMap((match) => source.text.slice(match.start, match.end).split(/\r?\n/u)))]
    .map((value) => value.trim())
    .filter((value) => value.length >= pieceMin)
    .toSorted((a, b) => b.length - a.length);
}
