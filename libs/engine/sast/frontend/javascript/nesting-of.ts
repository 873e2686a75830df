/** How deep a text may make a recursive parser go. `depth` counts open brackets, `run` the operators that may nest without brackets. */
export type Nesting = { readonly depth: number; readonly run: number };

/** What one character does to the count. */
const nothing = 0;
const opens = 1;
const closes = 2;
const separates = 3;
const operates = 4;
const breaksLine = 5;
const blank = 6;

const effects = effectTable();

/** Words after or before which a line goes on, so that an expression may nest over it. */
const continuing = /(?:^|[^\w$.])(?:typeof|void|delete|await|new|else|in|of|instanceof|as|satisfies|keyof|return|yield|do|extends)$/u;
const continued = /^(?:else|in|of|instanceof|as|satisfies|extends|if|for|while|with)\b/u;
const wordCharsMax = 12; // longer than any of them

/**
 * An upper estimate, made in one pass over the characters: strings and comments count too, since skipping them could be fooled.
 * A separator or an ended line starts the count of operators anew on its bracket level; levels add up.
 */
export function nestingOf(text: string): Nesting {
  const runs: number[] = [0];
  let total = 0;
  let run = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const effect = code < effects.length ? effects[code] : nothing;
    if (effect === nothing || effect === blank) continue;
    const level = runs.length - 1;
    if (effect === operates) {
      const weight = besideDigit(text, at) ? 0.125 : 1;
      runs[level] = (runs[level] ?? 0) + weight;
      total += weight;
      if (total > run) run = total;
    } else if (effect === opens) {
      runs.push(0);
      if (runs.length - 1 > depth) depth = runs.length - 1;
    } else if (effect === closes) {
      if (level > 0) total -= runs.pop() ?? 0;
    } else if (effect === separates || endsStatement(text, at)) {
      total -= runs[level] ?? 0;
      runs[level] = 0;
    }
  }
  return { depth, run: Math.ceil(run) };
}

/** Signs inside numbers and path data are not operators of a chain that anyone writes by the thousand. */
function besideDigit(text: string, at: number): boolean {
  const after = text.charCodeAt(at + 1);
  return after >= 48 && after <= 57;
}

/** Whether the line that ends here also ends what it says. */
function endsStatement(text: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && effectAt(text, before) === blank) before--;
  let after = at + 1;
  while (after < text.length && (effectAt(text, after) === blank || effectAt(text, after) === breaksLine)) after++;
  if (effectAt(text, before) === operates || effectAt(text, after) === operates) return false;
  if (isLetter(text.charCodeAt(before)) && continuing.test(text.slice(Math.max(0, before - wordCharsMax), before + 1))) return false;
  if (text.charCodeAt(before) !== closingParenthesis || !isLetter(text.charCodeAt(after))) return true;
  return !continued.test(text.slice(after, after + wordCharsMax));
}

const closingParenthesis = 41;

function isLetter(code: number): boolean {
  return code >= 97 && code <= 122;
}

function effectAt(text: string, at: number): number {
  return effects[text.charCodeAt(at)] ?? nothing;
}

function effectTable(): Uint8Array {
  const table = new Uint8Array(128);
  const set = (characters: string, effect: number): void => {
    for (const character of characters) table[character.charCodeAt(0)] = effect;
  };
  set('([{', opens);
  set(')]}', closes);
  set(',;', separates);
  set('+-*/%&|^!~?:=<>.', operates);
  set('\n', breaksLine);
  set(' \t\r', blank);
  return table;
}
