import { hash } from 'node:crypto';
import { z } from 'zod';
import { sha256Schema } from '@lib/contract';
import type { Assets, LoadError } from '@lib/engine/sdk';
import { err, ok, type Result } from '@lib/kernel';
import { ecosystems, type Ecosystem } from '../dependency.ts';
import { advisoryAsset, advisoryIndexAsset } from './advisory-asset.ts';
import { openAdvisoryFile, type AdvisoryFile } from './advisory-file.ts';

const indexSchema = z.array(z.object({ asset: z.string(), sha256: sha256Schema }));

/** Every asset that a store reads: the index, and the advisories of each ecosystem. */
export const advisoryAssets: readonly string[] = [advisoryIndexAsset, ...ecosystems.map(advisoryAsset)];

/** The advisories of a release. `sha256` is that of its index, and so names the contents of every file, read or not. */
export type AdvisoryStore = {
  readonly sha256: string;
  /** Undefined where what is there is no file of advisories, or not the one that the index names. */
  readonly of: (ecosystem: Ecosystem) => AdvisoryFile | undefined;
};

/**
 * Opens the index alone. The advisories of an ecosystem are read when they are first asked for, which may be behind the walls, and must be
 * those that the index names. Errors: `analyzer.asset_invalid` when it is no index, or lacks an ecosystem.
 */
export function openAdvisoryStore(assets: Assets): Result<AdvisoryStore, LoadError> {
  const bytes = assets.read(advisoryIndexAsset);
  const index = indexSchema.safeParse(parseJson(bytes));
  if (!index.success) return err({ code: 'analyzer.asset_invalid', asset: advisoryIndexAsset, detail: 'not a list of assets and digests' });
  const digests = new Map(index.data.map(({ asset, sha256 }) => [asset, sha256]));
  const lacking = ecosystems.find((ecosystem) => !digests.has(advisoryAsset(ecosystem)));
  if (lacking !== undefined) return err({ code: 'analyzer.asset_invalid', asset: advisoryIndexAsset, detail: `it lacks ${lacking}` });
  const opened = new Map<Ecosystem, AdvisoryFile | undefined>();
  return ok({
    sha256: hash('sha256', bytes, 'hex'),
    of: (ecosystem) => {
      if (!opened.has(ecosystem)) {
        const asset = advisoryAsset(ecosystem);
        const file = assets.read(asset);
        opened.set(
          ecosystem,
          hash('sha256', file, 'hex') === digests.get(asset) ? openAdvisoryFile(new TextDecoder().decode(file)) : undefined,
        );
      }
      return opened.get(ecosystem);
    },
  });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
