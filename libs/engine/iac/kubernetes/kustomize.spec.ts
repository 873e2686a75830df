import { beforeAll, expect, it } from 'vitest';
import { openScanner, type Scanner } from '../testing/scanner.ts';

let scanner: Scanner;

beforeAll(async () => {
  scanner = await openScanner();
});

const patch =
  'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      containers:\n        - name: web\n          image: a:1\n';
const pathsFound = (kustomization: string): readonly string[] => [
  ...new Set(
    scanner
      .scan({ 'over/kustomization.yaml': kustomization, 'over/patch.yaml': patch, 'over/web.yaml': patch })
      .drafts.map(({ location }) => location.path),
  ),
];

it.each([
  'patches:\n  - path: patch.yaml\n',
  'patchesStrategicMerge:\n  - patch.yaml\n',
  'patches:\n  - path: ./patch.yaml\n    target: { kind: Deployment }\n',
])('a_patch_of_a_kustomization_is_no_object_of_its_own: %s', (written) => {
  expect(pathsFound(`resources: [web.yaml]\n${written}`)).toEqual(['over/web.yaml']);
});

it('what_is_no_patch_is_read', () => {
  expect(pathsFound('resources: [web.yaml, patch.yaml]\n').toSorted()).toEqual(['over/patch.yaml', 'over/web.yaml']);
});
