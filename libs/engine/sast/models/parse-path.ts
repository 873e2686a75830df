import { err, ok, type Result } from '@lib/kernel';
import type { ArgumentRange } from './state.ts';

/** How a path begins: a module, a global name, or a type of the models. */
export type PathRoot = { readonly kind: 'import' | 'global' | 'type'; readonly name: string };
export type PathStep =
  { readonly kind: 'member'; readonly names: readonly string[] } | { readonly kind: 'any' } | { readonly kind: 'result' };

/** A place in the models, and for sinks the argument and the members in it. */
export type ModelPath = {
  readonly root: PathRoot;
  readonly steps: readonly PathStep[];
  readonly argument: ArgumentRange | undefined;
  readonly members: readonly string[];
};

/**
 * Reads a model path: `import(fs).{readFile,writeFile}(0)`, `<express.App>.get(1..)`, `global(document).cookie=`, `import(pg).Pool().query(0).text`.
 * `.[name]` takes any name. `()` is what a call (or `new`) gives; `(n)`, `(n..)`, `(*)`, `(this)` name arguments; `=` is an assignment; `.*` is any member.
 */
export function parsePath(text: string): Result<ModelPath, string> {
  const root = /^(?:(import|global)\(([^()]+)\)|<([^<>]+)>)/u.exec(text);
  if (root === null) return err(`no root in \`${text}\``);
  const [whole, kind, name = '', type = ''] = root;
  const draft: Draft = { steps: [], members: [], argument: undefined };
  let rest = text.slice(whole.length);
  while (rest !== '') {
    const part = /^(?:\.\{([^{}]+)\}|\.(?:\[([^\][]+)\]|([\w$*]+))|\(([^()]*)\)|(=))/u.exec(rest);
    if (part === null) return err(`not understood at \`${rest}\` in \`${text}\``);
    rest = rest.slice(part[0].length);
    addPart(draft, part);
  }
  const rooted: PathRoot = kind === 'import' || kind === 'global' ? { kind, name } : { kind: 'type', name: type };
  return ok({ root: rooted, ...draft });
}

type Draft = { readonly steps: PathStep[]; readonly members: string[]; argument: ArgumentRange | undefined };

function addPart(draft: Draft, part: RegExpExecArray): void {
  const [, several, quoted, plain, call, assigned] = part;
  const single = quoted ?? plain ?? '';
  if (assigned !== undefined) draft.argument = 'assigned';
  else if (call === '') draft.steps.push({ kind: 'result' });
  else if (call !== undefined) draft.argument = parseRange(call);
  else if (draft.argument !== undefined) draft.members.push(several ?? single);
  else if (single === '*') draft.steps.push({ kind: 'any' });
  else draft.steps.push({ kind: 'member', names: several?.split(',').map((item) => item.trim()) ?? [single] });
}

/** `2`, `1..`, `*`, `this` as a range of arguments; another word is the name of one. */
export function parseRange(text: string): ArgumentRange {
  if (text === 'this') return 'receiver';
  if (text === '*') return { from: 0, to: Number.POSITIVE_INFINITY };
  if (/^[a-z_]\w*$/iu.test(text)) return { named: text };
  const [from = '0', to] = text.split('..');
  const first = Number(from);
  return { from: first, to: to === undefined ? first : to === '' ? Number.POSITIVE_INFINITY : Number(to) };
}
