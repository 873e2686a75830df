/** A name and the value that it is given, as offsets into the text. The value is without quotes and scheme. */
export type Assignment = {
  readonly name: string;
  readonly nameStart: number;
  readonly value: string;
  readonly start: number;
  readonly end: number;
  readonly quoted: boolean;
};

const nameCharsMax = 80;
const valueCharsMax = 512; // longer values are keys and certificates, which have rules of their own

/**
 * Reads the assignment whose name holds the characters from `start` to `end`: `name = value` in the manner of programming languages,
 * settings files, JSON, YAML, XML, headers, queries, command lines and arguments; also a pair of name and value attributes.
 * Units: UTF-16 offsets. Undefined when what follows the name is no assignment. Constant time: every step is bounded.
 */
export function readAssignment(text: string, start: number, end: number): Assignment | undefined {
  const nameStart = backOverName(text, start);
  const nameEnd = forwardOverName(text, end);
  if (nameStart === undefined || nameEnd === undefined) return undefined;
  const at = afterOperator(text, nameEnd);
  if (at === undefined) return undefined;
  const value = readValue(text, at, text[at - 1] === '>' || text[at - 1] === ',' || text[at - 1] === '(');
  if (value === undefined || (!value.quoted && isArgument(text, at))) return undefined;
  return { name: text.slice(nameStart, nameEnd), nameStart, ...value };
}

// `f(token, x)`, `token(x)`: what follows is another variable, unless it is quoted.
function isArgument(text: string, afterOperator: number): boolean {
  return text[afterOperator - 1] === ',' || text[afterOperator - 1] === '(';
}

const nameChar = /[\w.$-]/u;

function backOverName(text: string, from: number): number | undefined {
  let at = from;
  while (at > 0 && nameChar.test(text[at - 1] ?? '')) {
    at--;
    if (from - at > nameCharsMax) return undefined;
  }
  return at;
}

function forwardOverName(text: string, from: number): number | undefined {
  let at = from;
  while (at < text.length && nameChar.test(text[at] ?? '')) {
    at++;
    if (at - from > nameCharsMax) return undefined;
  }
  return at;
}

// What may stand between a name and its operator: the end of its quotes, of its index or of its tag, a type, spaces.
const beforeOperator = /\\{0,2}["'`]?\]?[ \t]{0,20}(?:\w[\w<>[\]?. ]{0,30})?/uy;
const operator = /(?:={2,3}|(?::{0,3}|\?{0,2}|\|{0,2}|[.+!])=>?|:|=>|->|\|\||>|,)/uy;
const call = /\(/uy;
const afterType = /[ \t]{0,5}(?:\w[\w<>[\]|?. ]{0,30}?)[ \t]{1,5}=[ \t]/uy;
const pairOfAttributes = /\\{0,2}["'][ \t]{0,5},?\s{0,40}\\{0,2}["']?(?:value|val|default|content)\\{0,2}["']?[ \t]{0,5}[:=]/iuy;
const pairOfLines = /["']?[ \t]{0,5}\r?\n[ \t]{0,40}["']?value["']?:/uy;

function afterOperator(text: string, nameEnd: number): number | undefined {
  const pair = endOf(pairOfAttributes, text, nameEnd) ?? endOf(pairOfLines, text, nameEnd);
  if (pair !== undefined) return pair;
  const bare = endOf(/\\{0,2}["'`]?\]?[ \t]{0,20}/uy, text, nameEnd) ?? nameEnd;
  const direct = endOf(operator, text, bare) ?? endOf(call, text, nameEnd);
  if (direct !== undefined) return text[direct - 1] === ':' ? (endOf(afterType, text, direct) ?? direct) : direct;
  return endOf(operator, text, endOf(beforeOperator, text, nameEnd) ?? nameEnd);
}

// A value may begin in the next line where something is still open: a tag, a call. An empty setting is no name for the line after it.
const nextLine = /[ \t]{0,20}\r?\n[ \t]{0,40}/uy;
const beforeValue =
  /[ \t]{0,40}(?:[|>][-+]?\r?\n[ \t]{0,40})?(?:(?:new[ \t]+)?[\w.:]{1,40}\([ \t]{0,4})?(?:[bBuUrRfFL@]?(?<quote>\\?"""|\\?["'`]))?[ \t]{0,4}(?:(?:Bearer|Basic|Token|token|bearer|basic|ApiKey)[ \t]+)?/uy;

function readValue(text: string, from: number, isOpen: boolean): Omit<Assignment, 'name' | 'nameStart'> | undefined {
  const at = isOpen ? (endOf(nextLine, text, from) ?? from) : from;
  beforeValue.lastIndex = at;
  const before = beforeValue.exec(text);
  const start = before === null ? at : at + before[0].length;
  const quote = before?.groups?.['quote'];
  const end = quote === undefined ? endOfBare(text, start) : endOfQuoted(text, start, quote);
  if (end === undefined || end === start) return undefined;
  return { value: text.slice(start, end), start, end, quoted: quote !== undefined };
}

function endOfQuoted(text: string, start: number, quote: string): number | undefined {
  const close = quote.replace('\\', '').slice(0, 1);
  for (let at = start; at < text.length && at - start <= valueCharsMax; at++) {
    const char = text[at];
    if (char === close) return text[at - 1] === '\\' && at > start ? at - 1 : at;
    if (char === '\n' && close !== '`') return undefined;
    if (char === '\\' && !quote.startsWith('\\')) at++;
  }
  return undefined;
}

const bare = /(?:[^\s"'`<>,;(){}[\]&|\\]|\\(?![nrt"'])){0,600}/uy;

function endOfBare(text: string, start: number): number | undefined {
  const end = endOf(bare, text, start) ?? start;
  return end - start > valueCharsMax ? undefined : end;
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}
