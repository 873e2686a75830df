import { limits, type Excerpt, type Location } from '@lib/contract';
import type { SourceText } from './source-text.ts';

const contextLines = 4; // lines shown on either side of a finding
const lineCharsRead = 10 * limits.excerptLineCharsMax; // a file may be one line: what lies so far behind the cut is neither shown nor looked at

/** The lines around a location, bounded in number and width. `redact` is applied to each line before it is cut. */
export function excerptAround(source: SourceText, location: Location, redact: (line: string) => string = (line) => line): Excerpt {
  const startLine = Math.max(1, location.startLine - contextLines);
  const endLine = Math.min(source.lineCount, location.endLine + contextLines, startLine + limits.excerptLinesMax - 1);
  const lines: string[] = [];
  for (let line = startLine; line <= endLine; line++) {
    lines.push(redact(source.line(line).slice(0, lineCharsRead)).replaceAll('\u0000', '').slice(0, limits.excerptLineCharsMax));
  }
  return { startLine, lines };
}
