import { createHash } from 'node:crypto';
import { z } from 'zod';
import { err, ok, type Result } from '@lib/kernel';
import type { Assets, LoadError } from './analyzer.ts';

const compiledSchema = z.array(z.object({ path: z.string(), document: z.unknown() }));

/** Documents of one data folder, validated, with the digest of the bytes they came from. */
export type Documents<T> = { readonly documents: readonly T[]; readonly sha256: string };

/** Reads a compiled data folder (`sast.rules.json`) and validates each document. Errors: `analyzer.rules_invalid`, naming the document. */
export function loadDocuments<T>(assets: Assets, asset: string, schema: z.ZodType<T>): Result<Documents<T>, LoadError> {
  const bytes = assets.read(asset);
  const compiled = compiledSchema.safeParse(parseJson(bytes));
  if (!compiled.success) return err({ code: 'analyzer.asset_invalid', asset, detail: z.prettifyError(compiled.error) });
  const documents: T[] = [];
  for (const { path, document } of compiled.data) {
    const parsed = schema.safeParse(document);
    if (!parsed.success) return err({ code: 'analyzer.rules_invalid', asset, detail: `${path}: ${z.prettifyError(parsed.error)}` });
    documents.push(parsed.data);
  }
  return ok({ documents, sha256: createHash('sha256').update(bytes).digest('hex') });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
