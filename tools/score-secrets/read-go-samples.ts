import { sampleOfPattern } from './sample-of-pattern.ts';

/** A text that a rule of the project says must, or must not, be reported. */
export type Sample = { readonly rule: string; readonly path: string; readonly text: string; readonly secret: boolean };
/** What of a file could be read; `unread` names the lists that hold something this reader does not know. */
export type GoSamples = { readonly samples: readonly Sample[]; readonly unread: readonly string[] };

type Value = string | readonly string[] | ReadonlyMap<string, string>;
type Scope = { readonly names: Map<string, Value>; readonly random: () => number };
type Tokens = { readonly list: readonly string[]; at: number };

/**
 * Reads the sample lists of one rule file of gitleaks (`tps`, `fps`): Go string literals, concatenations, and the few helper
 * calls that make samples when that program runs. Those are made here again, from the same expressions, by our own generator.
 */
export function readGoSamples(file: string, source: string, random: () => number): GoSamples {
  const samples: Sample[] = [];
  const unread: string[] = [];
  const shared = new Map<string, Value>();
  runAll(source.replaceAll(functionBody, ''), { names: shared, random });
  for (const [, name = '', body = ''] of source.matchAll(functionBody)) {
    const scope: Scope = { names: new Map(shared), random };
    unread.push(...runAll(body, scope).map((reason) => `${file} ${name} ${reason}`));
    for (const [list, secret] of [
      ['tps', true],
      ['fps', false],
    ] as const) {
      const value = scope.names.get(list);
      if (value !== undefined) samples.push(...entriesOf(value).map(([path, text]) => ({ rule: name, path, text, secret })));
    }
  }
  return { samples, unread };
}

// Formatted Go: the brace that ends a function stands alone in its line.
const functionBody = /^func (\w+)\(\)[^{]*\{\n([\s\S]*?)^\}$/gmu;
const declarations = /^(\t?)var \(\n([\s\S]*?)^\1\)$/gmu;

// Answers for each sample list that could not be read, why.
function runAll(source: string, scope: Scope): readonly string[] {
  const reasons: string[] = [];
  for (const statement of statementsOf(tokensOf(source.replaceAll(declarations, '$2')))) {
    const plain = statement[0] === 'var' ? statement.slice(1) : statement;
    try {
      run(plain, scope);
    } catch (cause) {
      if (/^(?:tps|fps)$/u.test(plain[0] ?? '')) reasons.push(`${plain[0] ?? ''}: ${String(cause)}`);
    }
  }
  return reasons;
}

function entriesOf(value: Value): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return [['settings.txt', value]];
  return value instanceof Map ? [...value.entries()] : [...value.values()].map((text: string) => ['settings.txt', text] as const);
}

const token = /\s*(?:(\/\/[^\n]*|\/\*[\s\S]*?\*\/)|(`[^`]*`|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\.\.\.|\w+(?:\.\w+)*|:=|[^\s\w]))/gu;

// A line end closes a statement where no bracket is open and the line does not end in an operator, as in Go.
function tokensOf(source: string): readonly string[] {
  const tokens: string[] = [];
  let last = 0;
  for (const match of source.matchAll(token)) {
    if (match[2] === undefined) continue;
    const start = match.index + match[0].length - match[2].length;
    if (source.slice(last, start).includes('\n') && tokens.length > 0 && /[\w)\]}`"']$/u.test(tokens.at(-1) ?? '')) tokens.push('\n');
    tokens.push(match[2]);
    last = start + match[2].length;
  }
  return tokens;
}

function statementsOf(tokens: readonly string[]): readonly (readonly string[])[] {
  const statements: string[][] = [[]];
  let depth = 0;
  for (const each of tokens) {
    if ('([{'.includes(each)) depth++;
    if (')]}'.includes(each)) depth--;
    if (each === '\n' && depth === 0) statements.push([]);
    else if (each !== '\n') statements.at(-1)?.push(each);
  }
  return statements;
}

function run(statement: readonly string[], scope: Scope): void {
  const [name, operator] = statement;
  if (name === undefined || (operator !== ':=' && operator !== '=')) return;
  const tokens: Tokens = { list: statement, at: 2 };
  const value = readExpression(tokens, scope);
  if (tokens.at !== statement.length) throw new Error(`unread \`${statement[tokens.at] ?? ''}\``);
  scope.names.set(name, value);
}

function readExpression(tokens: Tokens, scope: Scope): Value {
  let value = readOperand(tokens, scope);
  while (tokens.list[tokens.at] === '+') {
    tokens.at++;
    value = textOf(value) + textOf(readOperand(tokens, scope));
  }
  return value;
}

function readOperand(tokens: Tokens, scope: Scope): Value {
  const head = tokens.list[tokens.at++] ?? '';
  if (head.startsWith('`')) return head.slice(1, -1);
  if (head.startsWith('"')) return unescapeGo(head.slice(1, -1));
  if (head === '[') return tokens.list[tokens.at + 1] === 'byte' ? readBytes(tokens, scope) : readList(tokens, scope);
  if (head === 'map') return readMap(tokens, scope);
  if (head === '(') {
    const inner = readExpression(tokens, scope);
    expect(tokens, ')');
    return inner;
  }
  if (tokens.list[tokens.at] === '(') return call(head, readArguments(tokens, scope), scope);
  const known = scope.names.get(head);
  if (known === undefined) throw new Error(`unknown \`${head}\``);
  return known;
}

// `[]byte(text)`: bytes are the text that they encode, until something writes them in another way.
function readBytes(tokens: Tokens, scope: Scope): Value {
  for (const each of [']', 'byte', '(']) expect(tokens, each);
  const inner = readExpression(tokens, scope);
  expect(tokens, ')');
  return inner;
}

function readList(tokens: Tokens, scope: Scope): readonly string[] {
  for (const each of [']', 'string', '{']) expect(tokens, each);
  const list: string[] = [];
  while (tokens.list[tokens.at] !== '}') {
    list.push(textOf(readExpression(tokens, scope)));
    if (tokens.list[tokens.at] === ',') tokens.at++;
  }
  tokens.at++;
  return list;
}

function readMap(tokens: Tokens, scope: Scope): ReadonlyMap<string, string> {
  for (const each of ['[', 'string', ']', 'string', '{']) expect(tokens, each);
  const map = new Map<string, string>();
  while (tokens.list[tokens.at] !== '}') {
    const key = textOf(readExpression(tokens, scope));
    expect(tokens, ':');
    map.set(key, textOf(readExpression(tokens, scope)));
    if (tokens.list[tokens.at] === ',') tokens.at++;
  }
  tokens.at++;
  return map;
}

function readArguments(tokens: Tokens, scope: Scope): readonly Value[] {
  expect(tokens, '(');
  const values: Value[] = [];
  while (tokens.list[tokens.at] !== ')') {
    values.push(readExpression(tokens, scope));
    if (tokens.list[tokens.at] === '...') tokens.at++;
    if (tokens.list[tokens.at] === ',') tokens.at++;
  }
  tokens.at++;
  return values;
}

function call(name: string, given: readonly Value[], scope: Scope): Value {
  const [first = '', second = ''] = given;
  switch (name) {
    case 'append':
      return given.flatMap((value) => (typeof value === 'string' ? [value] : [...value.values()]));
    case 'secrets.NewSecret':
      return sampleOfPattern(textOf(first), scope.random);
    case 'newPlausibleSecret':
      return plausible(textOf(first), scope.random);
    case 'base64.StdEncoding.EncodeToString':
      return Buffer.from(textOf(first)).toString('base64');
    case 'fmt.Sprintf':
      return format(textOf(first), given.slice(1).map(textOf));
    case 'utils.GenerateSampleSecret':
      return `${textOf(first)}_api_token = "${textOf(second)}"`;
    case 'utils.GenerateSampleSecrets':
      return assignments.map((form) => form(textOf(first), textOf(second)));
    case 'utils.Hex8_4_4_4_12':
      return '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
    default:
      return sizedClass(name, textOf(first));
  }
}

function sizedClass(name: string, size: string): string {
  const members = sizedClasses.get(name);
  if (members === undefined) throw new Error(`unknown call \`${name}\``);
  return `[${members}]{${size}}`;
}

const sizedClasses: ReadonlyMap<string, string> = new Map([
  ['utils.Numeric', '0-9'],
  ['utils.Hex', 'a-f0-9'],
  ['utils.AlphaNumeric', 'a-z0-9'],
  ['utils.AlphaNumericExtendedShort', 'a-z0-9_\\-'],
  ['utils.AlphaNumericExtended', 'a-z0-9=_\\-'],
  ['utils.AlphaNumericExtendedLong', 'a-z0-9/=_+\\-'],
]);

// The ways of assigning that the project writes its samples in; ours to write down again, theirs to require.
const assignments: readonly ((name: string, secret: string) => string)[] = [
  (name, secret) => `${name}Token="${secret}"`,
  (name, secret) => `${name}Token = "${secret}"`,
  (name, secret) => `${name}Token=${secret}`,
  (name, secret) => `${name}Token = ${secret}`,
  (name, secret) => `{\n    "${name}_token": "${secret}"\n}`,
  (name, secret) => `{"config.ini": "${name.toUpperCase()}_TOKEN=${secret}\\nBACKUP_ENABLED=true"}`,
  (name, secret) => `<${name}Token>\n    ${secret}\n</${name}Token>`,
  (name, secret) => `${name}_token: ${secret}`,
  (name, secret) => `${name}_token: '${secret}'`,
  (name, secret) => `${name}_token: "${secret}"`,
  (name, secret) => `string ${name}Token = "${secret}";`,
  (name, secret) => `var ${name}Token string = "${secret}"`,
  (name, secret) => `${name}Token := "${secret}"`,
  (name, secret) => `${name}Token := \`${secret}\``,
  (name, secret) => `String ${name}Token = "${secret}";`,
  (name, secret) => `var ${name}Token = "${secret}"`,
  (name, secret) => `$${name}Token .= "${secret}"`,
  (name, secret) => `${name}Token = '${secret}'`,
  (name, secret) => `System.setProperty("${name.toUpperCase()}_TOKEN", "${secret}")`,
  (name, secret) => `  "${name}Token" => "${secret}"`,
  (name, secret) => `${name}_TOKEN = "${secret}"`,
  (name, secret) => `${name}_TOKEN := "${secret}"`,
  (name, secret) => `${name}_TOKEN ::= "${secret}"`,
  (name, secret) => `${name}_TOKEN :::= "${secret}"`,
  (name, secret) => `${name}_TOKEN ?= "${secret}"`,
];

const plausibleTriesMax = 100;

function plausible(pattern: string, random: () => number): string {
  for (let tries = 0; tries < plausibleTriesMax; tries++) {
    const text = sampleOfPattern(pattern, random);
    if (/[1-9]/u.test(text)) return text;
  }
  throw new Error(`no sample of \`${pattern}\` has a digit`);
}

function format(pattern: string, given: readonly string[]): string {
  let at = 0;
  return pattern.replaceAll('%s', () => given[at++] ?? '');
}

function textOf(value: Value): string {
  if (typeof value !== 'string') throw new Error('a list where a text is wanted');
  return value;
}

function expect(tokens: Tokens, wanted: string): void {
  const got = tokens.list[tokens.at++] ?? 'the end';
  if (got !== wanted) throw new Error(`expected \`${wanted}\`, got \`${got}\``);
}

function unescapeGo(text: string): string {
  const named: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
  return text.replaceAll(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/gu, (_, code: string) =>
    code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (named[code] ?? code),
  );
}
