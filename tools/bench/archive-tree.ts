const blockBytes = 512;
const filesPerFolder = 25;
const lineWords = 8;
const linesKnown = 400;

/** A generator of numbers from 0 to 1 that gives the same ones for the same seed. Source: mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Sizes of the files of a tree, as source trees have them: log-normal, most of a few KiB and a few of megabytes. Units: bytes. */
export function treeOfSizes(tree: { readonly bytes: number; readonly seed: number; readonly meanBytes?: number }): readonly number[] {
  const next = random(tree.seed);
  const middle = Math.log(tree.meanBytes ?? 4_500);
  const sizes: number[] = [];
  for (let total = 0; total < tree.bytes; total += sizes.at(-1) ?? 0) {
    const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
    sizes.push(Math.min(2_000_000, Math.floor(Math.exp(middle + 1.6 * normal)), tree.bytes - total) || 1);
  }
  return sizes;
}

/** A tar of files of these sizes, every one with text of its own that packs like source code. */
export function* tarOfSizes(sizes: readonly number[]): Generator<Buffer> {
  const page = sourceText(4 << 20);
  for (const [at, bytes] of sizes.entries()) {
    const head = Buffer.from(`// file ${String(at)}\n`).subarray(0, bytes);
    const from = (at * 7919) % (page.byteLength - 2_000_000);
    const folder = Math.floor(at / filesPerFolder);
    yield header(`repository/package-${String(folder % 40)}/module-${String(folder)}/file-${String(at)}.ts`, bytes);
    yield Buffer.concat([
      head,
      page.subarray(from, from + bytes - head.byteLength),
      Buffer.alloc((blockBytes - (bytes % blockBytes)) % blockBytes),
    ]);
  }
  yield Buffer.alloc(2 * blockBytes);
}

function header(name: string, bytes: number): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0, 'latin1');
  block.write('0000644\0' + '0000000\0' + '0000000\0', 100, 'latin1');
  block.write(`${bytes.toString(8).padStart(11, '0')}\0` + '14700000000\0' + '        0', 124, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function sourceText(bytes: number): Buffer {
  const next = random(3);
  const words = ['const', 'return', 'function', 'import', 'export', 'await', 'if', 'else', 'async', 'value', 'user', 'tenant'];
  const letters = (): string => String.fromCharCode(97 + Math.floor(next() * 26));
  while (words.length < 4_000) words.push(Array.from({ length: 3 + Math.floor(next() * 9) }, letters).join(''));
  const line = (): string => `  ${Array.from({ length: lineWords }, () => words[Math.floor(next() * words.length)]).join(' ')};\n`;
  const known = Array.from({ length: linesKnown }, line); // source code repeats itself: this packs five to six times, as it does
  const lines: string[] = [];
  for (let total = 0; total < bytes; total += lines.at(-1)?.length ?? 0) {
    lines.push(next() < 0.05 ? line() : (known[Math.floor(next() * next() * linesKnown)] ?? ''));
  }
  return Buffer.from(lines.join(''));
}
