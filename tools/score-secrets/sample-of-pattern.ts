/**
 * Makes texts that a simple regular expression matches: literals, classes, groups, alternatives and counted repeats.
 * `random` gives numbers in [0, 1). Anything else in the expression is refused by an error: a sample that is not what was asked for is worse than none.
 */
export function sampleOfPattern(pattern: string, random: () => number): string {
  const reader = { pattern, at: 0 };
  const text = sampleAlternatives(reader, random);
  if (reader.at !== pattern.length) throw new Error(`unread at ${String(reader.at)} of \`${pattern}\``);
  return text;
}

type Reader = { readonly pattern: string; at: number };

const repeatsForStar = 4; // `*` and `+` have no upper bound of their own
const word = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_';
const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at));

function sampleAlternatives(reader: Reader, random: () => number): string {
  const alternatives = [sampleSequence(reader, random)];
  while (reader.pattern[reader.at] === '|') {
    reader.at++;
    alternatives.push(sampleSequence(reader, random));
  }
  return pick(alternatives, random);
}

function sampleSequence(reader: Reader, random: () => number): string {
  let text = '';
  while (reader.at < reader.pattern.length && !'|)'.includes(reader.pattern[reader.at] ?? '')) text += sampleRepeated(reader, random);
  return text;
}

function sampleRepeated(reader: Reader, random: () => number): string {
  const start = reader.at;
  let text = sampleAtom(reader, random);
  const end = reader.at;
  const count = readCount(reader, random);
  const after = reader.at;
  if (count === 0) text = '';
  for (let round = 1; round < count; round++) {
    reader.at = start;
    text += sampleAtom(reader, random);
    if (reader.at !== end) throw new Error('an atom has one length in the expression');
  }
  reader.at = after;
  return text;
}

function readCount(reader: Reader, random: () => number): number {
  const rest = reader.pattern.slice(reader.at);
  const counted = /^\{(\d+)(?:(,)(\d*))?\}/u.exec(rest);
  if (counted !== null) {
    reader.at += counted[0].length;
    const least = Number(counted[1]);
    const most = counted[2] === undefined ? least : counted[3] === '' ? least + repeatsForStar : Number(counted[3]);
    return least + Math.floor(random() * (most - least + 1));
  }
  const [least, most] = { '?': [0, 1], '*': [0, repeatsForStar], '+': [1, repeatsForStar] }[rest[0] ?? ''] ?? [1, 1];
  if (least !== 1 || most !== 1) reader.at++;
  return (least ?? 1) + Math.floor(random() * ((most ?? 1) - (least ?? 1) + 1));
}

function sampleAtom(reader: Reader, random: () => number): string {
  const char = reader.pattern[reader.at] ?? '';
  if (char === '(') return sampleGroup(reader, random);
  if (char === '[') return pick(Array.from(readClass(reader)), random);
  reader.at++;
  if (char === '.') return pick(printable, random);
  if (char !== '\\') return char;
  const escaped = reader.pattern[reader.at++] ?? '';
  if (escaped === 'b') return '';
  return pick(Array.from(membersOfEscape(escaped)), random);
}

function sampleGroup(reader: Reader, random: () => number): string {
  const open = /^\((?:\?:|\?i:)?/u.exec(reader.pattern.slice(reader.at))?.[0] ?? '(';
  reader.at += open.length;
  const text = sampleAlternatives(reader, random);
  if (reader.pattern[reader.at] !== ')') throw new Error(`unclosed group in \`${reader.pattern}\``);
  reader.at++;
  return text;
}

function readClass(reader: Reader): string {
  reader.at++;
  let members = '';
  if (reader.pattern[reader.at] === '^') throw new Error('a negated class has no sample');
  while (reader.at < reader.pattern.length && reader.pattern[reader.at] !== ']') {
    const low = readMember(reader);
    const dash = reader.pattern[reader.at] === '-' && reader.pattern[reader.at + 1] !== ']';
    if (low.length !== 1 || !dash) {
      members += low;
      continue;
    }
    reader.at++;
    const high = readMember(reader);
    for (let code = low.charCodeAt(0); code <= high.charCodeAt(0); code++) members += String.fromCharCode(code);
  }
  reader.at++;
  return members;
}

function readMember(reader: Reader): string {
  const char = reader.pattern[reader.at++] ?? '';
  return char === '\\' ? membersOfEscape(reader.pattern[reader.at++] ?? '') : char;
}

function membersOfEscape(escaped: string): string {
  return { d: '0123456789', w: word, s: ' ', n: '\n', t: '\t', r: '\r' }[escaped] ?? escaped;
}

function pick<T>(among: readonly T[], random: () => number): T {
  const chosen = among[Math.floor(random() * among.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}
