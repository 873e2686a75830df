import type { Ecosystem } from '../dependency.ts';

/** The asset that names the SHA-256 of every file of advisories. */
export const advisoryIndexAsset = 'sca.snapshot.json';

/** The asset that holds the advisories of an ecosystem. */
export function advisoryAsset(ecosystem: Ecosystem): string {
  return `sca.${ecosystem.toLowerCase().replace('.', '-')}.osv`;
}
