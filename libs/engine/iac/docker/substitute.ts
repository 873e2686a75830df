import { limits } from '@lib/contract';
import { hole } from '../model/value.ts';

/** Fills `$NAME`, `${NAME}`, `${NAME:-default}` from known variables; what is not known becomes a hole. */
export function substitute(text: string, variables: ReadonlyMap<string, string>): string {
  const made = text.replaceAll(
    /\\\$|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::?([-+])([^}]*))?\})/gu,
    (...[whole, plain, braced, operator, word]: readonly [string, string?, string?, string?, string?, ...unknown[]]) => {
      const name = plain ?? braced;
      if (name === undefined) return whole;
      const value = variables.get(name);
      if (operator === '-') return value ?? word ?? '';
      return value ?? hole;
    },
  );
  return made.slice(0, limits.iacTextCharsMax);
}
