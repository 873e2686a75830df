const secretName =
  /(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|account[_-]?key|credentials?|connection[_-]?string)/iu;
const assignment = /^([\s"'-]*(?:(?:ENV|ARG|LABEL)\s+)?["']?)([\w.-]{1,100})(["']?\s*[:=]\s*|\s+)(.+)$/iu;
const inlineAssignment = /\b([A-Za-z_][\w-]{0,100})(=|["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s"',;]+)/gu;
const plainValue =
  /^["']?(?:true|false|null|none|\d{1,5})?["']?,?$|^(?:var|local|data|module|each|aws_|azurerm_|google_|random_)[\w.[\]"]*$|^["']?\$\{?\{?[^"']*\}?["']?$|^[|>{[][+-]?$/iu;

/**
 * Makes a redactor for the lines of one excerpt, top to bottom: values whose name says that they are secret become `[redacted]`.
 * A `value:` line under a `name:` line (as Kubernetes writes variables) counts as named by it.
 */
export function lineRedactor(): (line: string) => string {
  let named = false;
  return (line) => {
    const below = named;
    named = /^\s*-?\s*["']?name["']?\s*[:=]/iu.test(line) && secretName.test(line);
    const made = redactPairs(line).replaceAll(/(:\/\/[^\s:/@]{1,200}:)[^\s@/]{1,500}@/gu, '$1[redacted]@');
    return below ? made.replace(/^(\s*-?\s*["']?value["']?\s*[:=]\s*)(?!\[redacted\]).+$/iu, '$1[redacted]') : made;
  };
}

function redactPairs(line: string): string {
  const whole = assignment.exec(line);
  if (whole !== null) {
    const [, before = '', name = '', between = '', value = ''] = whole;
    const spaced = /^\s+$/u.test(between);
    if (secretName.test(name) && !plainValue.test(value.trim()) && (!spaced || /\b(?:ENV|ARG)\s/iu.test(before))) {
      return `${before}${name}${between}[redacted]`;
    }
  }
  return line.replaceAll(inlineAssignment, (...[found, name, between, value]: readonly [string, string, string, string, ...unknown[]]) =>
    secretName.test(name) && !plainValue.test(value) ? `${name}${between}[redacted]` : found,
  );
}
