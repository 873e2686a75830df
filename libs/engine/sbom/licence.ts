import parseExpression from 'spdx-expression-parse';

/** What a file says of a licence: one of SPDX's list, an expression over it, or any other words. */
export type Licence =
  | { readonly kind: 'id'; readonly id: string }
  | { readonly kind: 'expression'; readonly expression: string }
  | { readonly kind: 'words'; readonly words: string };

/** Reads a licence as lock files write it. Source: SPDX 2.3, annex D. */
export function licenceOf(text: string): Licence {
  const words = text.trim();
  const parsed = words.includes('LicenseRef-') ? undefined : parse(words); // what it refers to stands somewhere else
  if (parsed === undefined) return { kind: 'words', words };
  const isId = 'license' in parsed && parsed.license === words;
  return isId ? { kind: 'id', id: words } : { kind: 'expression', expression: words };
}

function parse(text: string) {
  try {
    return parseExpression(text);
  } catch {
    return undefined;
  }
}
