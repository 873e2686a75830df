import type { Models } from '../models/compile-models.ts';
import type { SourceSpec } from '../models/state.ts';

const known = new WeakMap<Models, Map<string, SourceSpec | undefined>>();

/** The source that a name alone makes of a member: `user.password`, `config.apiKey`. Names are compared without case and separators. */
export function sensitiveSource(models: Models, name: string): SourceSpec | undefined {
  let answers = known.get(models);
  if (answers === undefined) {
    answers = new Map();
    known.set(models, answers);
  }
  if (answers.has(name)) return answers.get(name);
  const spec = isSensitiveName(models, name)
    ? { origin: 'sensitive', label: `\`${name.slice(0, 60)}\` holds a secret`, safe: 0 }
    : undefined;
  answers.set(name, spec);
  return spec;
}

/** Words that say that a secret was made unreadable, or that it is told of and not shown. */
const harmlessForm = /hash|crypt|encod|mask|redact|md5|sha\d|hidden|incorrect|invalid|wrong|missing/u;

/** Whether a name says that what it holds is secret. */
export function isSensitiveName(models: Models, name: string): boolean {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/gu, '');
  if (models.sensitiveNames.has(plain)) return true;
  if (harmlessForm.test(plain)) return false;
  for (const ending of models.sensitiveNames) if (plain.length > ending.length && ending.length > 4 && plain.endsWith(ending)) return true;
  return false;
}
