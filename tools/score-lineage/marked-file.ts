/** A file whose lines know where they came from, so that it is known which finding is which whatever is done to the text. */
export type MarkedLine = { readonly text: string; readonly from: number | undefined };
export type MarkedFile = { readonly path: string; readonly lines: readonly MarkedLine[] };

/** Gives each line its number as its origin. */
export function markFile(path: string, text: string): MarkedFile {
  return { path, lines: text.split('\n').map((line, index) => ({ text: line, from: index + 1 })) };
}

/** Lines that were not there before. */
export function newLines(...texts: readonly string[]): readonly MarkedLine[] {
  return texts.flatMap((text) => text.split('\n')).map((text) => ({ text, from: undefined }));
}

export function textOf({ lines }: MarkedFile): string {
  return lines.map(({ text }) => text).join('\n');
}

/** Changes the text of each line, which stays the line that it was. */
export function editLines(file: MarkedFile, edit: (text: string) => string): MarkedFile {
  return { ...file, lines: file.lines.map((line) => ({ ...line, text: edit(line.text) })) };
}

/** Blocks of top-level code: what stands between empty lines that are followed by text without indent, once every bracket is closed. */
export function blocksOf({ lines }: MarkedFile): readonly (readonly MarkedLine[])[] {
  const blocks: MarkedLine[][] = [[]];
  let open = 0;
  for (const [index, line] of lines.entries()) {
    const isTop = open === 0 && /^[^\s})\]]/u.test(line.text) && lines[index - 1]?.text.trim() === '';
    if (isTop) blocks.push([]);
    blocks.at(-1)?.push(line);
    const bare = line.text.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/gu, '');
    open = Math.max(0, open + (bare.match(/[([{]/gu)?.length ?? 0) - (bare.match(/[)\]}]/gu)?.length ?? 0));
  }
  return blocks;
}
