import { worldOf, type Subject } from '../model/subject.ts';
import { membersOf } from './expand-members.ts';
import { readBlock } from './read-block.ts';
import { addressOf } from './read-modules.ts';
import { inFile, withBindings, type Scope } from './scope.ts';

/** Every resource, data source and provider of a root and of the modules that it calls, as subjects that see each other. What is known to make nothing is left out. */
export function readTerraform(root: Scope): readonly Subject[] {
  const subjects: Subject[] = [];
  addSubjects(root, { subjects, world: worldOf(subjects) });
  return subjects;
}

type Into = { readonly subjects: Subject[]; readonly world: Subject['world'] };

// As deep as modules call modules, which is bounded.
function addSubjects(scope: Scope, into: Into): void {
  for (const [address, { node, file }] of scope.module.resources) {
    const written = inFile(scope, file);
    for (const { bindings } of membersOf(node, written)) {
      into.subjects.push({
        format: 'terraform',
        type: node.type === 'resource' ? (node.labels[0] ?? '') : `${node.type}.${node.labels[0] ?? ''}`,
        address: addressOf(node) ?? address,
        key: `${scope.instance.prefix}${address}`,
        value: readBlock(node, withBindings(written, bindings)),
        roots: new Map(),
        file,
        place: { file, start: node.span.start, end: node.span.end },
        head: { file, start: node.head.start, end: node.head.end },
        world: into.world,
      });
    }
  }
  for (const children of scope.instance.children.values()) for (const child of children) addSubjects(child.scope, into);
}
