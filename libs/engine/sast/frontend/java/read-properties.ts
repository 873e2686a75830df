const entriesMax = 2_000; // a longer file is data, not settings

/** Whether a file holds settings that code reads by name. */
export function isPropertiesPath(path: string): boolean {
  return path.endsWith('.properties');
}

/** Reads the entries of a `.properties` file: comments, continued lines, `=`, `:` or blank between key and value. */
export function readProperties(text: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  const lines = text.replaceAll(/\\\r?\n[ \t]*/gu, '').split(/\r?\n/u);
  for (const line of lines.slice(0, entriesMax)) {
    if (/^\s*(?:[#!]|$)/u.test(line)) continue;
    const parts = /^\s*((?:\\.|[^\\=:\s])+)\s*[=:]?\s*(.*)$/u.exec(line);
    if (parts?.[1] !== undefined) entries.set(plain(parts[1]), plain(parts[2] ?? ''));
  }
  return entries;
}

function plain(text: string): string {
  return text
    .replaceAll(/\\u([0-9a-fA-F]{4})/gu, (_whole, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll(/\\(.)/gu, '$1');
}
