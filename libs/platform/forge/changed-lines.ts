/**
 * The lines that a unified diff adds or alters, as first and last line of each run on the new side. A deletion has none: nothing of it is
 * left to annotate. Units: lines from 1. Source: GNU diffutils manual, "Detailed Description of Unified Format".
 */
export function changedLines(patch: string): readonly (readonly [first: number, last: number])[] {
  const runs: [number, number][] = [];
  let line = 0;
  for (const text of patch.split('\n')) {
    const hunk = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,\d+)? @@/u.exec(text)?.[1];
    if (hunk !== undefined) {
      line = Number(hunk);
      continue;
    }
    if (text.startsWith('-') || text.startsWith('\\')) continue;
    if (text.startsWith('+')) append(runs, line);
    line += 1;
  }
  return runs;
}

function append(runs: [number, number][], line: number): void {
  const last = runs.at(-1);
  if (last?.[1] === line - 1) last[1] = line;
  else runs.push([line, line]);
}
