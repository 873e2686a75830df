import { err, ok, type Result } from '@lib/kernel';

/** The filter is not one that is answered here. */
export type FilterInvalid = { readonly code: 'scim.filter_invalid' };

const comparison = /^\s*([A-Za-z][\w.]{0,60})\s+eq\s+("(?:[^"\\]|\\.)*"|true|false)\s*/iu;
const conjunction = /^and\s+/iu;
const comparisonsMax = 5; // directories send one or two

/**
 * Reads a filter of equalities that are joined by `and`: what directories ask with. Names are compared without regard to case; `names`
 * are those that can be asked for, in lower case. Errors: `scim.filter_invalid`. Source: RFC 7644, section 3.4.2.2.
 */
export function parseFilter(text: string, names: readonly string[]): Result<ReadonlyMap<string, string>, FilterInvalid> {
  const found = new Map<string, string>();
  let rest = text;
  for (let n = 0; n < comparisonsMax; n += 1) {
    const part = readComparison(rest);
    if (part === undefined || !names.includes(part.name) || found.has(part.name)) return err({ code: 'scim.filter_invalid' });
    found.set(part.name, part.value);
    rest = rest.slice(part.length);
    if (rest === '') return ok(found);
    const joined = conjunction.exec(rest)?.[0];
    if (joined === undefined) return err({ code: 'scim.filter_invalid' });
    rest = rest.slice(joined.length);
  }
  return err({ code: 'scim.filter_invalid' });
}

/** The first comparison of a text. `emails.value` is `emails`: what is compared of a list is the value of each. */
function readComparison(text: string): { readonly name: string; readonly value: string; readonly length: number } | undefined {
  const [whole, name, said] = comparison.exec(text) ?? [];
  if (whole === undefined || name === undefined || said === undefined) return undefined;
  const value = textOf(said);
  return value === undefined ? undefined : { name: name.toLowerCase().replace(/\.value$/u, ''), value, length: whole.length };
}

function textOf(value: string): string | undefined {
  if (!value.startsWith('"')) return value.toLowerCase();
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'string' && !parsed.includes('\u0000') ? parsed : undefined;
  } catch {
    return undefined; // an escape that JSON does not have
  }
}
