export const hidden = '[redacted]';
const wholeMax = 12; // a longer value is known by its beginning, so that a shortened quote of it is hidden too
const tailMin = 4; // as many characters of a value as a finding itself may show

/** What a text quotes. `lineCharsMax` is where its lines were cut: a value that begins before the cut is hidden too. Units: UTF-16 code units. */
export type QuotedFrom = { readonly path: string; readonly values: readonly string[]; readonly lineCharsMax: number };

/** Replaces every value, every long value's beginning, and a value's beginning at the end of a line that was cut there. */
export function hideValues(text: string, { values, lineCharsMax }: Omit<QuotedFrom, 'path'>): string {
  return text
    .split('\n')
    .map((line) => {
      const whole = values.reduce(hideOne, line);
      return line.length < lineCharsMax ? whole : values.reduce(hideTail, whole);
    })
    .join('\n');
}

function hideOne(line: string, value: string): string {
  const key = value.slice(0, wholeMax);
  let shown = '';
  let at = 0;
  for (let found = line.indexOf(key); found >= 0; found = line.indexOf(key, at)) {
    let length = key.length;
    while (length < value.length && line[found + length] === value[length]) length += 1;
    shown += line.slice(at, found) + hidden;
    at = found + length;
  }
  return shown + line.slice(at);
}

function hideTail(line: string, value: string): string {
  for (let length = Math.min(value.length, wholeMax, line.length); length >= tailMin; length--) {
    if (line.endsWith(value.slice(0, length))) return line.slice(0, -length) + hidden;
  }
  return line;
}
