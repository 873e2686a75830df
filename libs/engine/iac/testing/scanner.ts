import type { FindingDraft } from '@lib/contract';
import { present } from '@lib/kernel';
import { sourceAssets } from '../../../../tools/testing/source-assets.ts';
import { iac } from '../iac.ts';

type Outcome = {
  readonly drafts: readonly FindingDraft[];
  readonly coverage: readonly { readonly path: string; readonly reason: string }[];
};

/** Runs the analyzer, with the rules of the sources, over files given as text. For specs. */
export type Scanner = { readonly scan: (files: Readonly<Record<string, string>>) => Outcome };

/** Loads the analyzer once. */
export async function openScanner(): Promise<Scanner> {
  const result = await iac.load(sourceAssets);
  const loaded = present(result.ok ? result.value : undefined, result.ok ? 'loaded' : result.error.detail);
  return {
    scan: (files) => {
      const bytes = new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)] as const));
      const drafts: FindingDraft[] = [];
      const coverage: { path: string; reason: string }[] = [];
      loaded.analyze(
        {
          files: [...bytes].map(([path, content]) => ({ path, bytes: content.length, sha256: 'a'.repeat(64) })),
          read: (path) => bytes.get(path),
        },
        {
          finding: (draft) => drafts.push(draft),
          coverage: ({ path, reason }) => coverage.push({ path, reason }),
          fileDone: () => undefined,
          note: () => undefined,
        },
      );
      return { drafts, coverage };
    },
  };
}
