import type { Subject } from '../model/subject.ts';
import { worldOf } from '../model/subject.ts';
import { makesNothing, readBlock } from './read-block.ts';
import { addressOf } from './read-modules.ts';
import { inFile, type Scope } from './scope.ts';

/** Every resource and data source of a module as subjects; those that are known to make nothing are left out. */
export function readTerraform(scope: Scope): readonly Subject[] {
  const subjects: Subject[] = [];
  const world = worldOf(subjects);
  for (const { node, file } of scope.module.resources.values()) {
    const value = readBlock(node, inFile(scope, file));
    if (makesNothing(value)) continue;
    const type = node.type === 'data' ? `data.${node.labels[0] ?? ''}` : (node.labels[0] ?? node.type);
    subjects.push({
      format: 'terraform',
      type,
      address: addressOf(node) ?? `${node.type}.${node.labels.join('.')}`,
      value,
      roots: new Map(),
      file,
      place: { file, start: node.span.start, end: node.span.end },
      head: { file, start: node.head.start, end: node.head.end },
      world,
    });
  }
  return subjects;
}
