import { loadDocuments, type Assets, type Documents, type LoadError } from '@lib/engine/sdk';
import { ok, type Result } from '@lib/kernel';
import { compileRules, type SecretRules } from './match-secrets.ts';
import { rulesAsset, secretRuleSchema, type SecretRule } from './rule-schema.ts';

/** The rules of a release as they are written, and ready to run. */
export type LoadedRules = Documents<SecretRule> & { readonly compiled: SecretRules };

// The analyzer and the redactor of one runner use the same: its automaton is the largest thing that a start reads into memory.
const known = new WeakMap<Assets, LoadedRules>();

/** Loads and compiles the rules, once for the same assets. Errors: as `loadDocuments`. */
export function loadRules(assets: Assets): Result<LoadedRules, LoadError> {
  const before = known.get(assets);
  if (before !== undefined) return ok(before);
  const loaded = loadDocuments(assets, rulesAsset, secretRuleSchema());
  if (!loaded.ok) return loaded;
  const rules: LoadedRules = { ...loaded.value, compiled: compileRules(loaded.value.documents) };
  known.set(assets, rules);
  return ok(rules);
}
