import { describe, expect, it } from 'vitest';
import type { Assets } from '@lib/engine/sdk';
import { sourceAssets } from '../../../../tools/testing/source-assets.ts';
import { advisoryAssets, openAdvisoryStore, type AdvisoryStore } from './advisory-store.ts';

const index = 'sca.snapshot.json';

/** The real assets, some of them exchanged, and the names of those that were read. */
function assetsWith(exchanged: Readonly<Record<string, string>> = {}): Assets & { readonly names: string[] } {
  const names: string[] = [];
  return {
    names,
    read: (name) => {
      names.push(name);
      const text = exchanged[name];
      return text === undefined ? sourceAssets.read(name) : new TextEncoder().encode(text);
    },
  };
}

function opened(assets: Assets): AdvisoryStore {
  const store = openAdvisoryStore(assets);
  if (!store.ok) throw new Error(store.error.detail);
  return store.value;
}

describe('openAdvisoryStore', () => {
  it('only_the_advisories_that_are_asked_for_are_read_and_each_once', () => {
    const assets = assetsWith();
    const store = opened(assets);
    expect(assets.names).toEqual([index]);
    expect(store.of('npm')?.of('lodash').length).toBeGreaterThan(0);
    expect(store.of('npm')?.head.ecosystem).toBe('npm');
    expect(store.of('crates.io')?.head.ecosystem).toBe('crates.io');
    expect(assets.names).toEqual([index, 'sca.npm.osv', 'sca.crates-io.osv']);
  });

  it('every_asset_that_is_declared_is_there_and_is_the_one_of_the_index', () => {
    const store = opened(assetsWith());
    const ecosystems = ['npm', 'PyPI', 'Go', 'Maven', 'RubyGems', 'crates.io', 'Packagist', 'NuGet'] as const;
    expect(ecosystems.map((ecosystem) => store.of(ecosystem)?.head.ecosystem)).toEqual(ecosystems);
    expect(advisoryAssets).toHaveLength(1 + ecosystems.length);
  });

  it('advisories_that_are_not_those_of_the_index_are_not_used', () => {
    const text = new TextDecoder().decode(sourceAssets.read('sca.npm.osv'));
    const store = opened(assetsWith({ 'sca.npm.osv': text.replace('lodash\t', 'lodish\t') }));
    expect(store.of('npm')).toBeUndefined();
    expect(store.of('PyPI')).toBeDefined();
  });

  it('the_digest_changes_with_any_file_of_the_release_read_or_not', () => {
    const text = new TextDecoder().decode(sourceAssets.read(index));
    const changed = text.replace(/"sha256":"[0-9a-f]{64}"/u, `"sha256":"${'0'.repeat(64)}"`);
    expect(changed).not.toBe(text);
    expect(opened(assetsWith({ [index]: changed })).sha256).not.toBe(opened(assetsWith()).sha256);
  });

  it.each(['', '{}', '[{"asset":"sca.npm.osv","sha256":"x"}]', '[]'])(
    'an_index_that_is_none_or_lacks_an_ecosystem_is_refused: %j',
    (text) => {
      expect(openAdvisoryStore(assetsWith({ [index]: text }))).toMatchObject({
        ok: false,
        error: { code: 'analyzer.asset_invalid', asset: index },
      });
    },
  );
});
