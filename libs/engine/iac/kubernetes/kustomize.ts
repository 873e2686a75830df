import posix from 'node:path/posix';
import { itemsOf, member, textOf, type Value } from '../model/value.ts';

/** Says by its path whether a file is a kustomization. */
export function isKustomization(path: string): boolean {
  return /(?:^|\/)(?:kustomization\.ya?ml|Kustomization)$/u.test(path);
}

/**
 * The files that a kustomization uses as patches. They are pieces of objects: what they leave out stands in another file, so nothing is missing in them.
 * Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/
 */
export function patchesOf(path: string, document: Value): readonly string[] {
  const folder = posix.dirname(path);
  const written = [
    ...itemsOf(member(document, 'patchesStrategicMerge')).map(textOf),
    ...[...itemsOf(member(document, 'patches')), ...itemsOf(member(document, 'patchesJson6902'))].map((patch) =>
      textOf(member(patch, 'path')),
    ),
  ];
  return written.flatMap((name) => (name === undefined || name.includes('\n') ? [] : [posix.normalize(posix.join(folder, name))]));
}
