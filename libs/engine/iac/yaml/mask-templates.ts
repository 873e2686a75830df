import { hole } from '../model/value.ts';

// It ends where the next one opens, so that openings without an end cost no more than their own length.
const action = /\{\{(?:[^{}]|\{(?!\{)|\}(?!\})){0,4000}\}\}/gu;

/**
 * Makes YAML of a chart's template (`{{ ... }}`): a line that holds nothing but actions becomes a comment, any other action a hole.
 * Lengths and lines stay as they are, so that places remain true. `${{ ... }}` of workflows is text and is left alone.
 */
export function maskTemplates(text: string): { readonly text: string; readonly templated: boolean } {
  if (!text.includes('{{')) return { text, templated: false };
  const masked = text.replaceAll(action, (found, offset: number) => {
    if (text[offset - 1] === '$') return found;
    return found.replaceAll(/[^\n]/gu, hole);
  });
  if (masked === text) return { text, templated: false };
  return { text: masked.replaceAll(/^([ \t]*)(?:\uFFFC[\uFFFC \t]*)$/gmu, (line) => '#'.padEnd(line.length, ' ')), templated: true };
}
