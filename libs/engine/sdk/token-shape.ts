/** A word, number, text or sign of source text, in whatever language. */
export type Token = { readonly kind: 'name' | 'number' | 'text' | 'sign'; readonly value: string };

const tokenPattern = /([\p{L}_$@#][\p{L}\p{N}_$-]*)|(\d[\p{N}\w.]*)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(\S)/gu;
const layout = new Set([';', ',', '(', ')', '{', '}']); // what formatters add and take away

/** The tokens of a text, without layout: white space, the kind of quotes, and signs that formatters put in. Bounded by the text. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  for (const [, name, number, quoted, sign] of text.matchAll(tokenPattern)) {
    if (name !== undefined) tokens.push({ kind: 'name', value: name });
    else if (number !== undefined) tokens.push({ kind: 'number', value: number });
    else if (quoted !== undefined) tokens.push({ kind: 'text', value: quoted.slice(1, -1) });
    else if (sign !== undefined && !layout.has(sign)) tokens.push({ kind: 'sign', value: sign });
  }
  return tokens;
}

/**
 * A text of code without layout and without the names of its variables: each is its number by first use. Names of members and of what is
 * called stay, so that two calls of different functions have different shapes.
 */
export function shapeOf(text: string): string {
  const called = new Set([...text.matchAll(/([\p{L}_$][\p{L}\p{N}_$]*)\s*\(/gu)].map(([, name]) => name));
  const numbers = new Map<string, number>();
  let before = '';
  return tokensOf(text)
    .map(({ kind, value }) => {
      const kept = kind !== 'name' || before === '.' || called.has(value);
      before = value;
      if (kept) return kind === 'text' ? `"${value}"` : value;
      const number = numbers.get(value) ?? numbers.size;
      numbers.set(value, number);
      return `$${String(number)}`;
    })
    .join(' ');
}
