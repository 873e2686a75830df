/** The search part of an address as names and texts: `?path=12` is the text `12`, and a link reads as it was typed. */
export function readSearch(search: string): Readonly<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(search));
}

/** The same back again; what is undefined or empty is left out. */
export function writeSearch(search: Readonly<Record<string, unknown>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) if (typeof value === 'string' && value !== '') parameters.set(name, value);
  const text = parameters.toString().replaceAll('%2F', '/');
  return text === '' ? '' : `?${text}`;
}
