import type { Primitive } from './instruction.ts';

const intMax = 2 ** 31; // past it, languages differ in what a sum is

/** What an operator gives for two primitives, where languages agree on it; undefined where they do not. */
export function foldBinary(operator: string, left: Primitive, right: Primitive): Primitive {
  if (operator === '==' || operator === '===') return typeof left === typeof right ? left === right : undefined;
  if (operator === '!=' || operator === '!==') return typeof left === typeof right ? left !== right : undefined;
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  return foldOrder(operator, left, right) ?? foldArithmetic(operator, left, right);
}

function foldOrder(operator: string, left: number, right: number): boolean | undefined {
  switch (operator) {
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '<=':
      return left <= right;
    case '>=':
      return left >= right;
    default:
      return undefined;
  }
}

function foldArithmetic(operator: string, left: number, right: number): number | undefined {
  const result = arithmetic(operator, left, right);
  return result !== undefined && Number.isFinite(result) && Math.abs(result) < intMax ? result : undefined;
}

function arithmetic(operator: string, left: number, right: number): number | undefined {
  const areWhole = Number.isInteger(left) && Number.isInteger(right);
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return areWhole ? Math.trunc(left / right) : left / right;
    case '%':
      return left % right;
    default:
      return undefined;
  }
}

const textCharsMax = 2000; // a longer constant text decides nothing more

/** What a method of texts gives when everything in it is known. */
export function foldTextMethod(name: string, text: string, args: readonly Primitive[]): Primitive {
  const [first, second] = args;
  const plain = args.length === 0 ? plainMethods.get(name) : undefined;
  if (plain !== undefined) return plain(text);
  if (typeof first === 'number') return foldPosition(name, text, { first, second });
  if (typeof first === 'string') return foldPair(name, text, { first, second });
  return undefined;
}

const plainMethods: ReadonlyMap<string, (text: string) => Primitive> = new Map<string, (text: string) => Primitive>([
  ['length', (text) => text.length],
  ['isEmpty', (text) => text === ''],
  ['trim', (text) => text.trim()],
  ['toLowerCase', (text) => text.toLowerCase()],
  ['toUpperCase', (text) => text.toUpperCase()],
  ['toString', (text) => text],
  ['intern', (text) => text],
]);

function foldPosition(name: string, text: string, { first, second }: { readonly first: number; readonly second: Primitive }): Primitive {
  if (first < 0 || first > text.length) return undefined;
  if (name === 'charAt') return text[first];
  if (name !== 'substring') return undefined;
  return typeof second === 'number' ? text.slice(first, second) : text.slice(first);
}

function foldPair(name: string, text: string, { first, second }: { readonly first: string; readonly second: Primitive }): Primitive {
  switch (name) {
    case 'equals':
      return text === first;
    case 'equalsIgnoreCase':
      return text.toLowerCase() === first.toLowerCase();
    case 'startsWith':
      return text.startsWith(first);
    case 'endsWith':
      return text.endsWith(first);
    case 'contains':
      return text.includes(first);
    case 'indexOf':
      return text.indexOf(first);
    case 'lastIndexOf':
      return text.lastIndexOf(first);
    case 'concat':
      return (text + first).slice(0, textCharsMax);
    case 'replace':
      return typeof second === 'string' ? text.replaceAll(first, () => second).slice(0, textCharsMax) : undefined;
    default:
      return undefined;
  }
}
