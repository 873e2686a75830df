import { beforeAll, describe, expect, it } from 'vitest';
import { openScanner, type Scanner } from '../testing/scanner.ts';

let scanner: Scanner;
beforeAll(async () => {
  scanner = await openScanner();
});

const base = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: { tier: front }
spec:
  template:
    spec:
      containers:
        - name: web
          image: shop/web:1
        - name: proxy
          image: shop/proxy:2
`;
const privileged = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    spec:
      containers:
        - name: web
          securityContext:
            privileged: true
`;
const rule = 'k8s/privileged-container';
const placesOf = (files: Readonly<Record<string, string>>, ruleId = rule): readonly string[] =>
  scanner
    .scan({ 'base/web.yaml': base, 'base/kustomization.yaml': 'resources: [web.yaml]\n', ...files })
    .drafts.filter((draft) => draft.ruleId === ruleId)
    .map(({ location }) => `${location.path}:${String(location.startLine)}`);
const overlay = (text: string): Readonly<Record<string, string>> => ({ 'prod/kustomization.yaml': `resources: [../base]\n${text}` });

describe('patches', () => {
  it.each([
    'patches:\n  - path: patch.yaml\n',
    'patches:\n  - path: ./patch.yaml\n    target: { kind: Deployment }\n',
    'patches:\n  - path: patch.yaml\n    target: { kind: Deployment, name: we.* }\n',
    'patches:\n  - path: patch.yaml\n    target: { labelSelector: tier=front }\n',
    'patchesStrategicMerge: [patch.yaml]\n',
  ])('what_a_patch_adds_is_found_where_it_is_written: %s', (text) => {
    expect(placesOf({ ...overlay(text), 'prod/patch.yaml': privileged })).toEqual(['prod/patch.yaml:10']);
  });

  it('a_patch_written_in_place_is_found_in_the_kustomization', () => {
    const text = `patches:\n  - patch: |-\n${privileged.replaceAll(/^/gmu, '      ')}\n`;
    expect(placesOf(overlay(text))).toEqual([expect.stringMatching(/^prod\/kustomization\.yaml:/u)]);
  });

  it('a_json_patch_is_applied', () => {
    const text =
      'patches:\n  - target: { kind: Deployment, name: web }\n    patch: |-\n      - { op: add, path: /spec/template/spec/containers/0/securityContext, value: { privileged: true } }\n';
    expect(placesOf(overlay(text))).toEqual(['prod/kustomization.yaml:4']);
  });

  it.each(['target: { kind: StatefulSet }', 'target: { name: other }', 'target: { labelSelector: tier=back }'])(
    'a_patch_for_something_else_changes_nothing: %s',
    (target) => {
      expect(placesOf({ ...overlay(`patches:\n  - path: patch.yaml\n    ${target}\n`), 'prod/patch.yaml': privileged })).toEqual([]);
    },
  );

  it('what_an_overlay_repairs_is_no_finding_in_its_base', () => {
    const broken = {
      'base/web.yaml': base.replace('image: shop/web:1', 'image: shop/web:1\n          securityContext: { privileged: true }'),
    };
    expect(placesOf(broken)).toEqual(['base/web.yaml:12']);
    expect(
      placesOf({ ...broken, ...overlay('patchesStrategicMerge: [fix.yaml]\n'), 'prod/fix.yaml': privileged.replace('true', 'false') }),
    ).toEqual([]);
  });

  it('an_item_that_a_patch_deletes_is_gone_and_one_that_it_adds_is_there', () => {
    const gone = privileged.replace(
      /securityContext:[^]*/u,
      '$patch: delete\n        - name: debug\n          image: shop/debug:1\n          securityContext: { privileged: true }\n',
    );
    const files = { ...overlay('patchesStrategicMerge: [patch.yaml]\n'), 'prod/patch.yaml': gone };
    expect(placesOf(files)).toEqual(['prod/patch.yaml:12']);
    expect(placesOf(files, 'k8s/image-no-digest')).toEqual(['base/web.yaml:13', 'prod/patch.yaml:11']);
  });
});

describe('what is deployed', () => {
  it('a_base_that_two_overlays_use_is_reported_once', () => {
    const two = {
      'prod/kustomization.yaml': 'resources: [../base]\nnamespace: prod\n',
      'test/kustomization.yaml': 'resources: [../base]\nnamespace: test\n',
    };
    expect(placesOf(two, 'k8s/image-no-digest')).toEqual(['base/web.yaml:11', 'base/web.yaml:13']);
  });

  it('an_image_that_the_kustomization_pins_by_its_digest_is_pinned', () => {
    const text = `images:\n  - name: shop/web\n    digest: sha256:${'a'.repeat(64)}\n`;
    expect(placesOf(overlay(text), 'k8s/image-no-digest')).toEqual(['base/web.yaml:13']);
  });

  it('a_component_patches_what_it_is_added_to', () => {
    const files = {
      'parts/open/kustomization.yaml': 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n  - path: patch.yaml\n',
      'parts/open/patch.yaml': privileged,
    };
    expect(placesOf({ ...overlay('components: [../parts/open]\n'), ...files })).toEqual(['parts/open/patch.yaml:10']);
    expect(placesOf(files)).toEqual([]);
  });

  it('what_no_kustomization_uses_is_read_by_itself', () => {
    expect(placesOf({ 'loose/web.yaml': base }, 'k8s/image-no-digest')).toContain('loose/web.yaml:11');
  });

  it.each([
    ['a base that is elsewhere', 'resources: [../base, "https://git.example/base?ref=v1"]\n'],
    ['a file that is not there', 'resources: [../base, gone.yaml]\n'],
    ['itself', 'resources: [../base, ../prod]\n'],
    ['a patch that is not there', 'resources: [../base]\npatches: [{ path: gone.yaml }]\n'],
    ['nonsense', 'resources: { a: 1 }\npatches: 3\nimages: x\n'],
  ])('%s costs nothing that is known', (_name, text) => {
    const { drafts, coverage } = scanner.scan({
      'base/web.yaml': base,
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'prod/kustomization.yaml': text,
    });
    expect(drafts.map(({ location }) => location.path)).toContain('base/web.yaml');
    expect(coverage).toEqual([]);
  });
});
