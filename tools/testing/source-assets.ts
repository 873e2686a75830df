import type { Assets } from '@lib/engine/sdk';
import { compileAsset } from '../compile-assets.ts';

/** Analyzer assets straight from the sources, for tests: no build step in between. */
export const sourceAssets: Assets = { read: compileAsset };
