import { limits } from '@lib/contract';
import posix from 'node:path/posix';
import { itemsOf, map, mapPlaces, member, scalar, textOf, type Place, type Value } from '../model/value.ts';
import { readText } from '../yaml/read-text.ts';
import { applyOperations } from './apply-operations.ts';
import { mapContainers, mergePatch } from './merge-patch.ts';
import { selectByPatch, selectByTarget, type Selection } from './select-objects.ts';

/** Says by its path whether a file is a kustomization. */
export function isKustomization(path: string): boolean {
  return /(?:^|\/)(?:kustomization\.ya?ml|Kustomization)$/u.test(path);
}

/** A kustomization of the tree, and the documents of any file of it. */
export type Kustomizations = {
  readonly byFolder: ReadonlyMap<string, { readonly path: string; readonly document: Value }>;
  readonly documentsOf: (path: string) => readonly Value[] | undefined;
};

/**
 * What is deployed. `builds`: the objects of each kustomization that no other one uses; `taken`: files that are parts of these and are not
 * to be read by themselves; `left`: what could not be followed, in words.
 */
export type Built = {
  readonly builds: readonly (readonly Value[])[];
  readonly taken: ReadonlySet<string>;
  readonly left: readonly { readonly path: string; readonly detail: string }[];
};

/**
 * Builds the kustomizations of a tree as `kubectl kustomize` would: resources, bases and components, patches of both kinds, images,
 * replicas, namespace. Objects keep the places where they are written, so that a finding stands where it can be mended. Names, labels and
 * generators change nothing that a rule asks for.
 * Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
 */
export function buildKustomizations(given: Kustomizations): Built {
  const building: Building = { ...given, taken: new Set(), left: [], objects: 0 };
  const used = new Set(
    [...given.byFolder].flatMap(([folder, { document }]) => partsOf(document).map((name) => posix.normalize(posix.join(folder, name)))),
  );
  const builds = [...given.byFolder.keys()]
    .filter((folder) => !used.has(folder) && textOf(member(given.byFolder.get(folder)?.document, 'kind')) !== 'Component')
    .map((folder) => buildFolder(building, { folder, within: [] }, []));
  // patches that nobody uses are pieces all the same
  for (const [folder, { path, document }] of given.byFolder) if (!building.taken.has(path)) patchesOf(building, { path, folder, document });
  return { builds, taken: building.taken, left: building.left };
}

type Building = Kustomizations & {
  readonly taken: Set<string>;
  readonly left: { readonly path: string; readonly detail: string }[];
  objects: number;
};
type Where = { readonly folder: string; readonly within: readonly string[] };

function partsOf(document: Value): readonly string[] {
  return ['resources', 'bases', 'components'].flatMap((field) => namesIn(document, field));
}

function namesIn(document: Value, field: string): readonly string[] {
  return itemsOf(member(document, field)).flatMap((item) => textOf(item) ?? []);
}

// `objects`: what a component is applied to.
function buildFolder(building: Building, { folder, within }: Where, objects: readonly Value[]): readonly Value[] {
  const found = building.byFolder.get(folder);
  if (found === undefined || within.includes(folder) || within.length > limits.iacModuleDepthMax) return objects;
  const { path, document } = found;
  building.taken.add(path);
  const inner = { within: [...within, folder] };
  const resources = [...namesIn(document, 'resources'), ...namesIn(document, 'bases')].flatMap((name) =>
    resourceOf(building, { path, name, folder: posix.normalize(posix.join(folder, name)), ...inner }),
  );
  let all: readonly Value[] = [...objects, ...resources];
  for (const name of namesIn(document, 'components'))
    all = buildFolder(building, { folder: posix.normalize(posix.join(folder, name)), ...inner }, all);
  building.objects += all.length;
  if (building.objects > limits.iacDocumentsMax) {
    building.left.push({ path, detail: 'more objects than are looked at' });
    return [];
  }
  const patched = patchesOf(building, { path, folder, document }).reduce((now, patch) => applyPatch(now, patch), all);
  return patched.map((object) => transformed(object, document));
}

type Resource = Where & { readonly path: string; readonly name: string };

function resourceOf(building: Building, resource: Resource): readonly Value[] {
  if (building.byFolder.has(resource.folder)) return buildFolder(building, resource, []);
  const documents = building.documentsOf(resource.folder);
  if (documents === undefined) {
    building.left.push({ path: resource.path, detail: `\`${resource.name}\` is not in the tree` });
    return [];
  }
  building.taken.add(resource.folder);
  return documents.flatMap((document) => (textOf(member(document, 'kind')) === 'List' ? itemsOf(member(document, 'items')) : [document]));
}

type Patch = { readonly content: Value; readonly selection: Selection };
type Kustomization = { readonly path: string; readonly folder: string; readonly document: Value };

function patchesOf(building: Building, { path, folder, document }: Kustomization): readonly Patch[] {
  const written = [
    ...itemsOf(member(document, 'patchesStrategicMerge')).map((content) => ({ content, target: undefined })),
    ...['patches', 'patchesJson6902'].flatMap((field) =>
      itemsOf(member(document, field)).map((patch) => ({
        content: member(patch, 'patch') ?? member(patch, 'path'),
        target: member(patch, 'target'),
      })),
    ),
  ];
  return written.flatMap(({ content, target }) => {
    const contents = contentsOf(building, folder, content);
    if (contents === undefined)
      building.left.push({ path, detail: `the patch \`${textOf(content)?.split('\n')[0] ?? ''}\` is not in the tree` });
    return (contents ?? []).map((one) => ({
      content: mapPlaces(one, (place) => ({ ...place, patch: true })),
      selection: target === undefined ? selectByPatch(one) : selectByTarget(target),
    }));
  });
}

// A patch is written in place or in a file of its own; a name has no line break and no colon.
function contentsOf(building: Building, folder: string, content: Value | undefined): readonly Value[] | undefined {
  const text = textOf(content);
  if (content === undefined || text === undefined) return undefined;
  if (/[\n:]/u.test(text)) return readText(text, content.place);
  const path = posix.normalize(posix.join(folder, text));
  const documents = building.documentsOf(path);
  if (documents !== undefined) building.taken.add(path);
  return documents;
}

function applyPatch(objects: readonly Value[], { content, selection }: Patch): readonly Value[] {
  if (selection === undefined) return objects;
  return objects.flatMap((object) => {
    if (!selection(object)) return [object];
    const patched = content.kind === 'list' ? applyOperations(object, content.items) : mergePatch(object, content);
    return patched === undefined ? [] : [patched];
  });
}

function transformed(object: Value, document: Value): Value {
  const images = itemsOf(member(document, 'images'));
  const named = images.length === 0 ? object : mapContainers(object, (container) => withImage(container, images));
  return withReplicas(withNamespace(named, member(document, 'namespace')), itemsOf(member(document, 'replicas')));
}

function withImage(container: Value, images: readonly Value[]): Value {
  const image = member(container, 'image');
  const [, name = '', rest = ''] = /^(.*?)((?::[^/:@]+)?(?:@.+)?)$/u.exec(textOf(image) ?? '') ?? [];
  const change = images.find((candidate) => textOf(member(candidate, 'name')) === name);
  if (container.kind !== 'map' || image === undefined || change === undefined) return container;
  const [newName = name, newTag, digest] = ['newName', 'newTag', 'digest'].map((field) => textOf(member(change, field)));
  const suffix = digest === undefined ? (newTag === undefined ? rest : `:${newTag}`) : `@${digest}`;
  return merged(container, 'image', scalar(`${newName}${suffix}`, image.place));
}

// of what has no namespace, as everywhere in the tool's own list
const clusterWide =
  /^(?:Namespace|ClusterRole|ClusterRoleBinding|CustomResourceDefinition|PersistentVolume|StorageClass|PodSecurityPolicy|.*WebhookConfiguration)$/u;

function withNamespace(object: Value, namespace: Value | undefined): Value {
  const metadata = member(object, 'metadata');
  if (namespace === undefined || metadata?.kind !== 'map' || object.kind !== 'map') return object;
  if (clusterWide.test(textOf(member(object, 'kind')) ?? '')) return object;
  return merged(object, 'metadata', merged(metadata, 'namespace', namespace));
}

function withReplicas(object: Value, replicas: readonly Value[]): Value {
  const name = textOf(member(member(object, 'metadata'), 'name'));
  const count = member(
    replicas.find((entry) => textOf(member(entry, 'name')) === name),
    'count',
  );
  const spec = member(object, 'spec');
  if (count === undefined || spec?.kind !== 'map' || object.kind !== 'map') return object;
  return merged(object, 'spec', merged(spec, 'replicas', count));
}

function merged(value: Value & { readonly kind: 'map' }, name: string, given: Value): Value {
  const place: Place = value.entries.get(name)?.place ?? given.place;
  return { ...map(new Map([...value.entries, [name, { place, value: given }]]), value.place, value.open), refs: value.refs };
}
