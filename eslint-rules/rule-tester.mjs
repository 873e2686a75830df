import { join } from 'node:path';
import { RuleTester } from 'eslint';
import { parser } from 'typescript-eslint';
import { describe, it } from 'vitest';

const root = join(import.meta.dirname, 'fixture');
RuleTester.describe = describe;
RuleTester.it = it;
RuleTester.itOnly = it;

/** A tester with types, over the small copy of the repository in `fixture/`: `filename` there decides which part a case plays. */
export const ruleTester = new RuleTester({
  languageOptions: { parser, parserOptions: { project: './tsconfig.json', tsconfigRootDir: root } },
  settings: { aegisRoot: root },
});

/** A case that plays the part of one file of the repository. */
export function as(place, code, errors) {
  const played = { filename: join(root, place), code };
  return errors === undefined ? played : { ...played, errors: errors.map((messageId) => ({ messageId })) };
}
