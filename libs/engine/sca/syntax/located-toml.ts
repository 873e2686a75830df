import type { SourceText } from '@lib/engine/sdk';
import { parse } from 'smol-toml';
import type { Table } from './loose-value.ts';

/** Parses TOML; undefined when it is none. */
export function parseToml(text: string): Table | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** Lines of the tables of an array such as `[[package]]`, in their order: from the header to the line before the next header of any array. */
export function tableLines(source: SourceText, name: string): readonly { readonly startLine: number; readonly endLine: number }[] {
  const found: { startLine: number; endLine: number }[] = [];
  let open: { startLine: number; endLine: number } | undefined;
  for (let line = 1; line <= source.lineCount; line++) {
    const text = source.line(line);
    if (/^\s*\[/u.test(text)) {
      open = undefined;
      if (text.trim().startsWith(`[[${name}]]`)) found.push((open = { startLine: line, endLine: line }));
    } else if (open !== undefined && /^(?:name|version) = /u.test(text)) open.endLine = line;
  }
  return found;
}
