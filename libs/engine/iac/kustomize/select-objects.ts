import { member, textOf, type Value } from '../model/value.ts';

/** Which objects a patch is for. Undefined: nobody can say from here, because it chooses by annotation or by an expression. */
export type Selection = ((object: Value) => boolean) | undefined;

const nameOf = (object: Value): string | undefined => textOf(member(member(object, 'metadata'), 'name'));
const namespaceOf = (object: Value): string | undefined => textOf(member(member(object, 'metadata'), 'namespace'));

/** The objects that a patch means by what it says of itself: kind and name. */
export function selectByPatch(patch: Value): Selection {
  const [kind, name] = [textOf(member(patch, 'kind')), nameOf(patch)];
  if (kind === undefined || name === undefined) return undefined;
  return (object) => textOf(member(object, 'kind')) === kind && nameOf(object) === name;
}

/**
 * The objects that a target means: each of its parts is an anchored expression; labels by equality.
 * Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/
 */
export function selectByTarget(target: Value): Selection {
  if (member(target, 'annotationSelector') !== undefined) return undefined;
  const labels = labelsOf(textOf(member(target, 'labelSelector')));
  const [kind, name, namespace] = ['kind', 'name', 'namespace'].map((part) => expressionOf(textOf(member(target, part))));
  if (labels === undefined || kind === undefined || name === undefined || namespace === undefined) return undefined;
  return (object) => {
    const own = member(member(object, 'metadata'), 'labels');
    return (
      kind(textOf(member(object, 'kind'))) &&
      name(nameOf(object)) &&
      namespace(namespaceOf(object)) &&
      labels.every(([key, value]) => textOf(member(own, key)) === value)
    );
  };
}

// Names are expressions in the tool. One that is more than a name with stars is not run here: it comes from the repository.
function expressionOf(text: string | undefined): ((value: string | undefined) => boolean) | undefined {
  if (text === undefined || text === '.*') return () => true;
  const plain = text.replace(/^\^/u, '').replace(/\$$/u, '');
  if (/^[\w-]+$/u.test(plain)) return (value) => value === plain;
  const [, start, end] = /^([\w-]*)\.\*([\w-]*)$/u.exec(plain) ?? [];
  if (start === undefined || end === undefined) return undefined;
  return (value) => value !== undefined && value.length >= start.length + end.length && value.startsWith(start) && value.endsWith(end);
}

function labelsOf(selector: string | undefined): readonly (readonly [string, string])[] | undefined {
  if (selector === undefined) return [];
  const pairs = selector.split(',').map((part) => /^\s*([\w./-]+)\s*==?\s*([\w.-]*)\s*$/u.exec(part));
  return pairs.includes(null) ? undefined : pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? ''] as const);
}
