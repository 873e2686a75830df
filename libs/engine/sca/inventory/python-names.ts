/** Python package names compare without case, and with `-`, `_` and `.` alike. Source: PEP 503. */
export function normalPython(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]+/gu, '-');
}

/** A requirement: `name[extra] >= 1, < 2 ; marker`. `pin` is the version when exactly one is allowed. Source: PEP 508. */
export type PythonRequirement = { readonly name: string; readonly pin: string | undefined; readonly specifier: string };

/** Reads one requirement; undefined when the text is none, or names an address. */
export function pythonRequirement(text: string): PythonRequirement | undefined {
  const match =
    /^\s{0,20}([A-Za-z0-9](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9])?)\s{0,20}(?:\[[^\]]{0,300}\])?\s{0,20}([^;#@]{0,500})(?:[;#]|\s@|$)/u.exec(
      text,
    );
  if (match === null || /^\s{0,20}[^;#]{0,300}@\s/u.test(text)) return undefined;
  const specifier = (match[2] ?? '').replaceAll(/[()\\]|\s+--.*$/gu, '').trim();
  if (specifier !== '' && !/^(?:[=<>!~])/u.test(specifier)) return undefined;
  const pin = /^={2,3}\s{0,10}([A-Za-z0-9.!+_-]{1,100})$/u.exec(specifier)?.[1];
  return { name: normalPython(match[1] ?? ''), pin, specifier };
}
