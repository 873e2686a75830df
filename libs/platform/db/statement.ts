/**
 * One SQL statement with its values bound, never pasted. `name` makes it a prepared statement: the same name must always carry the
 * same text. Only `sql` makes one, and only `withTenant` and the narrow platform doors run one.
 */
export type Statement = { readonly name: string; readonly text: string; readonly values: readonly unknown[] };

/** Builds a statement from a template: `` sql('scan.get')`select id from app.scan where id = ${id}` ``. Every hole becomes `$n`. */
export function sql(name: string): (parts: TemplateStringsArray, ...values: readonly unknown[]) => Statement {
  return (parts, ...values) => ({ name, text: textOf(parts), values });
}

/** A template has one array of parts for its whole life, so its text is made once. */
const texts = new WeakMap<TemplateStringsArray, string>();

function textOf(parts: TemplateStringsArray): string {
  const known = texts.get(parts);
  if (known !== undefined) return known;
  const text = parts.reduce((before, part, index) => (index === 0 ? part : `${before}$${String(index)}${part}`), '');
  texts.set(parts, text);
  return text;
}
