import { firstLine, itemsOf, member, scalar, textOf, type SourceFile, type Value } from '../model/value.ts';
import { worldOf, type Subject } from '../model/subject.ts';

/** Says cheaply whether a text may hold a Kubernetes object. */
export function looksLikeKubernetes(text: string): boolean {
  return /^\s*["']?apiVersion["']?\s*:/mu.test(text) && /^\s*["']?kind["']?\s*:/mu.test(text);
}

/** Adds the objects of a file to the subjects of all manifests, which see each other: `object` (by kind too), `pod`, `container`, and `rule` of roles. */
export function readKubernetes(file: SourceFile, documents: readonly Value[], subjects: Subject[]): void {
  const world = worldOf(subjects);
  for (const object of documents.flatMap(objectsOf)) {
    const kind = textOf(member(object, 'kind')) ?? '';
    const name = textOf(member(member(object, 'metadata'), 'name')) ?? '';
    const namespace = ownNamespace(object);
    const address = `${namespace === undefined ? '' : `${namespace}/`}${kind}/${name}`;
    const make = subjectMaker(file, new Map([['object', object]]), world);
    subjects.push(make(kind, address, object));
    for (const rule of itemsOf(member(object, 'rules'))) {
      if (kind.endsWith('Role')) subjects.push(make('rule', address, rule));
    }
    const pod = podOf(kind, object);
    if (pod !== undefined) subjects.push(...podSubjects({ file, world, object, address }, pod));
  }
}

// What an overlay adds is no part of the name: it is the same object in each of them.
function ownNamespace(object: Value): string | undefined {
  const namespace = member(member(object, 'metadata'), 'namespace');
  return namespace?.place.file === object.place.file ? textOf(namespace) : undefined;
}

// A list holds objects; so does the file of `kubectl get -o yaml`.
function objectsOf(document: Value): readonly Value[] {
  if (textOf(member(document, 'apiVersion')) === undefined) return [];
  const kind = textOf(member(document, 'kind'));
  if (kind === undefined) return [];
  return kind === 'List' ? itemsOf(member(document, 'items')) : [document];
}

const templatePaths: readonly (readonly string[])[] = [
  ['spec', 'template', 'spec'],
  ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
];
const workloads = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Job',
  'CronJob',
  'Rollout',
  'DeploymentConfig',
]);

function podOf(kind: string, object: Value): Value | undefined {
  if (kind === 'Pod') return member(object, 'spec');
  if (kind === 'PodTemplate') return member(member(object, 'template'), 'spec');
  if (!workloads.has(kind)) return undefined;
  for (const path of templatePaths) {
    const found = path.reduce<Value | undefined>((value, name) => member(value, name), object);
    if (found?.kind === 'map' && found.entries.has('containers')) return found;
  }
  return undefined;
}

// `$role` tells the containers that stay from those that prepare or debug.
const containerLists = [
  ['containers', 'main'],
  ['initContainers', 'init'],
  ['ephemeralContainers', 'debug'],
] as const;

type Owner = { readonly file: SourceFile; readonly world: Subject['world']; readonly object: Value; readonly address: string };

function podSubjects({ file, world, object, address }: Owner, pod: Value): readonly Subject[] {
  const roots = [['object', object] as const, ['pod', pod] as const];
  const found = [subjectMaker(file, new Map(roots), world)('pod', address, pod)];
  for (const [list, role] of containerLists) {
    const make = subjectMaker(file, new Map([...roots, ['role', scalar(role, pod.place)]]), world);
    for (const container of itemsOf(member(pod, list))) {
      if (container.kind !== 'map') continue;
      found.push(make('container', `${address} container ${textOf(member(container, 'name')) ?? ''}`, container));
    }
  }
  return found;
}

function subjectMaker(
  file: SourceFile,
  roots: ReadonlyMap<string, Value>,
  world: Subject['world'],
): (type: string, address: string, value: Value) => Subject {
  return (type, address, value) => ({
    format: 'kubernetes',
    type,
    address,
    value,
    roots,
    file,
    place: value.place,
    head: firstLine(value.place),
    world,
  });
}
