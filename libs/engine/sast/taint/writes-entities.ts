import type { IrFunction } from '../ir/module.ts';

const entity = /^&(?:lt|#0*60|#x0*3c);?$/iu;
const answers = new WeakMap<IrFunction, boolean>();

/** Whether a function writes `&lt;`: what it gives back of a text is escaped for a page. */
export function writesEntities(fn: IrFunction): boolean {
  let answer = answers.get(fn);
  if (answer === undefined) {
    answer = fn.code.some(
      (instruction) => instruction.op === 'constant' && typeof instruction.value === 'string' && entity.test(instruction.value),
    );
    answers.set(fn, answer);
  }
  return answer;
}
