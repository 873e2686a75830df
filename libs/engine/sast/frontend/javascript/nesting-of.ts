/** How deep a text may make a recursive parser go. `depth` counts open brackets, `run` the tokens that may nest without brackets. */
export type Nesting = { readonly depth: number; readonly run: number };

/**
 * An upper estimate, made in one pass over the characters. Comments, strings and regular expressions are skipped, so that brackets in them count for nothing.
 * Every word and sign counts towards the run of its bracket level until a comma, a semicolon or the end of a statement; levels add up.
 * It is a guard for the parser's stack and no lexer: a text that is written to mislead it can still nest deeper than it says.
 */
export function nestingOf(text: string): Nesting {
  const scan: Scan = { text, at: 0, runs: [0], total: 0, run: 0, depth: 0, previous: 0, templates: [] };
  while (scan.at < text.length) step(scan);
  return { depth: scan.depth, run: scan.run };
}

type Scan = {
  readonly text: string;
  at: number;
  /** Tokens since the last separator, for each open bracket. */
  readonly runs: number[];
  total: number;
  run: number;
  depth: number;
  /** The last character that was not blank, as its code. */
  previous: number;
  /** Bracket levels at which a template goes on when the bracket closes. */
  readonly templates: number[];
};

const plain = 0;
const opens = 1;
const closes = 2;
const separates = 3;
const operates = 4;
const breaksLine = 5;
const blank = 6;
const quotes = 7;
const letter = 8;
const slash = 9;
const backtick = 10;
const effects = effectTable();

const newline = 10;
const quote = 96;
const backslash = 92;
const dollar = 36;
const openingBrace = 123;
const closingBrace = 125;
const closingParenthesis = 41;
const star = 42;

function step(scan: Scan): void {
  const code = scan.text.charCodeAt(scan.at);
  switch (code < 128 ? effects[code] : letter) {
    case letter:
      count(scan);
      skipWord(scan);
      return;
    case opens:
      open(scan);
      break;
    case closes:
      close(scan, code);
      break;
    case separates:
      separate(scan);
      break;
    case operates:
      count(scan);
      break;
    case breaksLine:
      if (endsStatement(scan)) separate(scan);
      scan.at++;
      return;
    default:
      if (skipLiteral(scan, code)) return;
  }
  if (effects[code] !== blank) scan.previous = code;
  scan.at++;
}

/** Skips a string, a comment, a template or a regular expression that begins here. */
function skipLiteral(scan: Scan, code: number): boolean {
  switch (effects[code]) {
    case quotes:
      skipQuoted(scan, code);
      return true;
    case backtick:
      count(scan);
      skipTemplate(scan);
      return true;
    case slash:
      return skipSlash(scan);
    default:
      return false;
  }
}

function count(scan: Scan): void {
  const level = scan.runs.length - 1;
  scan.runs[level] = (scan.runs[level] ?? 0) + 1;
  scan.total++;
  if (scan.total > scan.run) scan.run = scan.total;
}

function open(scan: Scan): void {
  count(scan);
  scan.runs.push(0);
  if (scan.runs.length - 1 > scan.depth) scan.depth = scan.runs.length - 1;
}

function close(scan: Scan, code: number): void {
  if (scan.runs.length > 1) scan.total -= scan.runs.pop() ?? 0;
  if (code === closingBrace && scan.templates.at(-1) === scan.runs.length) {
    scan.templates.pop();
    skipTemplate(scan);
    scan.at--;
  }
}

function separate(scan: Scan): void {
  const level = scan.runs.length - 1;
  scan.total -= scan.runs[level] ?? 0;
  scan.runs[level] = 0;
}

function skipWord(scan: Scan): void {
  const { text } = scan;
  let at = scan.at + 1;
  while (at < text.length && isWordCode(text.charCodeAt(at))) at++;
  scan.previous = text.charCodeAt(at - 1);
  scan.at = at;
}

function isWordCode(code: number): boolean {
  return code >= 128 || effects[code] === letter || (code >= 48 && code <= 57);
}

/** Skips to the quote that ends the string, or to the end of the line. */
function skipQuoted(scan: Scan, end: number): void {
  const { text } = scan;
  let at = scan.at + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === end) break;
    else if (code === newline) {
      at--;
      break;
    }
  }
  scan.previous = end;
  scan.at = at + 1;
}

/** Skips the text of a template up to its end or to `${`; what stands in the brackets is counted like anything else. */
function skipTemplate(scan: Scan): void {
  const { text } = scan;
  let at = scan.at + 1;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === backslash) at++;
    else if (code === quote) break;
    else if (code === dollar && text.charCodeAt(at + 1) === openingBrace) {
      scan.templates.push(scan.runs.length);
      open(scan);
      at++;
      break;
    }
  }
  scan.previous = quote;
  scan.at = at + 1;
}

/** Skips a comment or a regular expression; a division is a sign like others. */
function skipSlash(scan: Scan): boolean {
  const { text } = scan;
  const next = text.charCodeAt(scan.at + 1);
  if (next === 47 || next === star) {
    const end = next === star ? text.indexOf('*/', scan.at + 2) : text.indexOf('\n', scan.at);
    scan.at = end < 0 ? text.length : next === star ? end + 2 : end;
    return true;
  }
  const end = startsExpression(scan) ? endOfRegexp(text, scan.at) : undefined;
  count(scan);
  if (end === undefined) return false;
  scan.previous = 47;
  scan.at = end;
  return true;
}

const beforeRegexp = /(?:^|[^\w$.])(?:return|typeof|case|in|of|void|delete|throw|new|else|do|await|yield)\s*$/u;
const wordCharsMax = 12; // longer than any of these words

function startsExpression(scan: Scan): boolean {
  if (scan.previous === 0) return true;
  const effect = effects[scan.previous];
  if (effect === operates || effect === opens || effect === separates || scan.previous === closingBrace) return true;
  return effect === letter && beforeRegexp.test(scan.text.slice(Math.max(0, scan.at - wordCharsMax), scan.at));
}

function endOfRegexp(text: string, start: number): number | undefined {
  let inClass = false;
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    if (character === '\n') return undefined;
    if (character === '\\') at++;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '/' && !inClass) return at + 1;
  }
  return undefined;
}

/** Words after or before which a line goes on, so that an expression may nest over it. */
const continuing =
  /(?:^|[^\w$.])(?:typeof|void|delete|await|new|else|in|of|instanceof|as|satisfies|keyof|return|yield|do|extends|readonly|unique|infer)$/u;
const continued = /^(?:else|in|of|instanceof|as|satisfies|extends)\b/u;
const nested = /^(?:if|for|while|with|do|switch|try)\b/u;

/** What at the beginning of a line makes it part of the one before. */
const goesOn: ReadonlySet<number> = new Set([operates, opens, backtick]);

/** Whether the line that ends here also ends what it says. */
function endsStatement(scan: Scan): boolean {
  const { text, previous } = scan;
  let after = scan.at + 1;
  while (after < text.length && (effectAt(text, after) === blank || effectAt(text, after) === breaksLine)) after++;
  const next = effectAt(text, after);
  if (effects[previous] === operates || goesOn.has(next)) return false;
  if (effects[previous] === letter && continuing.test(text.slice(Math.max(0, scan.at - wordCharsMax), scan.at).trimEnd())) return false;
  if (next !== letter) return true;
  return !continues(text.slice(after, after + wordCharsMax), previous);
}

function continues(head: string, previous: number): boolean {
  return continued.test(head) || (previous === closingParenthesis && nested.test(head));
}

function effectAt(text: string, at: number): number {
  return effects[text.charCodeAt(at)] ?? plain;
}

function effectTable(): Uint8Array {
  const table = new Uint8Array(128);
  const set = (characters: string, effect: number): void => {
    for (const character of characters) table[character.charCodeAt(0)] = effect;
  };
  set('([{', opens);
  set(')]}', closes);
  set(',;', separates);
  set('+-*%&|^!~?:=<>.@#', operates);
  set('\n', breaksLine);
  set(' \t\r', blank);
  set('"\'', quotes);
  set('/', slash);
  set('`', backtick);
  set('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$', letter);
  return table;
}
