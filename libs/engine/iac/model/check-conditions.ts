import type { Condition, Join, Test } from '../rule-schema.ts';
import { followPath, startOf, type Hit } from './follow-path.ts';
import { joinedSubjects } from './join-subjects.ts';
import type { Subject } from './subject.ts';
import { hole, textOf, type Place, type Value } from './value.ts';

/** The answer to a condition. `place` is the written line that it rests on, when there is one. */
export type Answer = { readonly truth: 'yes' | 'no' | 'maybe'; readonly place: Place | undefined };

const yes: Answer = { truth: 'yes', place: undefined };
const no: Answer = { truth: 'no', place: undefined };
const maybe: Answer = { truth: 'maybe', place: undefined };

/** Answers whether all conditions hold of a subject. What is unknown is never guessed: it makes the answer maybe. */
export function checkConditions(subject: Subject, conditions: readonly Condition[]): Answer {
  return allOf(subject, { value: subject.value, place: subject.head }, conditions);
}

function allOf(subject: Subject, at: Hit, conditions: readonly Condition[]): Answer {
  let place: Place | undefined;
  let truth: Answer['truth'] = 'yes';
  for (const condition of conditions) {
    const answer = check(subject, at, condition);
    if (answer.truth === 'no') return no;
    if (answer.truth === 'maybe') truth = 'maybe';
    place = answer.place ?? place;
  }
  return { truth, place };
}

function check(subject: Subject, at: Hit, condition: Condition): Answer {
  if ('path' in condition) return checkTest(subject, at, condition);
  if ('all' in condition) return allOf(subject, at, condition.all);
  if ('any' in condition) return best(condition.any.map((one) => check(subject, at, one)));
  if ('none' in condition) return opposite(best(condition.none.map((one) => check(subject, at, one))));
  if ('joined' in condition) return checkJoin(subject, condition);
  return checkSome(subject, at, condition);
}

function best(answers: readonly Answer[]): Answer {
  return answers.find((answer) => answer.truth === 'yes') ?? answers.find((answer) => answer.truth === 'maybe') ?? no;
}

function opposite(answer: Answer): Answer {
  if (answer.truth === 'maybe') return maybe;
  return answer.truth === 'yes' ? no : yes;
}

// The place of another subject is no place of this one.
function checkJoin(subject: Subject, join: Join): Answer {
  const { certain, possible } = joinedSubjects(subject, join);
  const truths = (others: readonly Subject[]): readonly Answer['truth'][] =>
    others.map((other) => allOf(other, { value: other.value, place: other.head }, join.having ?? []).truth);
  const known = truths(certain);
  if (known.includes('yes')) return yes;
  return known.includes('maybe') || truths(possible).some((truth) => truth !== 'no') ? maybe : no;
}

function checkSome(subject: Subject, at: Hit, condition: Extract<Condition, { some: string }>): Answer {
  const start = startOf(subject, at, condition.some);
  if (start === undefined) return no;
  const hits = followPath(start.from, start.path, subject.place);
  const answer = best(
    hits.found.map((hit) => {
      const inner = allOf(subject, hit, condition.having);
      return { truth: inner.truth, place: inner.place ?? hit.place };
    }),
  );
  return answer.truth === 'no' && hits.open ? maybe : answer;
}

function checkTest(subject: Subject, at: Hit, test: Test): Answer {
  const start = startOf(subject, at, test.path);
  const hits = start === undefined ? { found: [], open: false } : followPath(start.from, start.path, subject.place);
  const [first] = hits.found;
  const missing = first === undefined;
  if (test.absent === true || test.absentOr !== undefined) {
    if (missing) return hits.open ? maybe : yes;
    if (test.absent === true) return no;
  }
  if (test.present === true) return presence(first, hits.open);
  const answer = severalOf(
    hits.found.map((hit) => ({ truth: fits(hit.value, test), place: hit.place })),
    test.atLeast ?? 1,
  );
  return answer.truth === 'no' && hits.open ? maybe : answer;
}

function presence(first: Hit | undefined, isOpen: boolean): Answer {
  if (first !== undefined) return { truth: 'yes', place: first.place };
  return isOpen ? maybe : no;
}

// Some of them may be unknown: then nobody can tell whether there are enough.
function severalOf(answers: readonly Answer[], count: number): Answer {
  if (count === 1) return best(answers);
  const fitting = answers.filter(({ truth }) => truth === 'yes');
  if (fitting.length >= count) return fitting.at(-1) ?? no;
  return fitting.length + answers.filter(({ truth }) => truth === 'maybe').length >= count ? maybe : no;
}

function fits(value: Value, test: Test): Answer['truth'] {
  const known = textOf(value);
  if (known === undefined) return fitsPartly(value, test);
  const results = [
    test.is?.some((one) => String(one) === known),
    test.absentOr?.some((one) => String(one) === known),
    test.not === undefined ? undefined : !test.not.some((one) => String(one) === known),
    test.matches === undefined ? undefined : expression(test.matches).test(known),
    test.unlike === undefined ? undefined : !expression(test.unlike).test(known),
    test.under === undefined ? undefined : known.trim() !== '' && Number(known) < test.under,
    test.over === undefined ? undefined : Number(known) > test.over,
  ];
  return results.every((result) => result !== false) ? 'yes' : 'no';
}

// A text of which pieces are known is none of the values that these pieces contradict.
function fitsFragments(text: string, test: Test): Answer['truth'] {
  const pattern = new RegExp(
    `^${text
      .split(hole)
      .map((piece) => piece.replaceAll(/[$()*+.?[\\\]^{|}]/gu, '\\$&'))
      .join('[^]*')}$`,
    'u',
  );
  const isPossible = (values: readonly (string | number | boolean)[]): boolean => values.some((one) => pattern.test(String(one)));
  const equals = test.is ?? test.absentOr;
  if (equals !== undefined && !isPossible(equals)) return 'no';
  return test.not !== undefined && equals === undefined && !isPossible(test.not) ? 'yes' : 'maybe';
}

// A partly known text answers `matches` when the known characters already match.
function fitsPartly(value: Value, test: Test): Answer['truth'] {
  if (value.kind !== 'unknown') return 'no';
  if (value.text === undefined) return 'maybe';
  if (test.matches === undefined) return fitsFragments(value.text, test);
  const match = expression(test.matches).exec(value.text)?.[0];
  return match === undefined || match.includes(hole) ? 'maybe' : 'yes';
}

const compiled = new Map<string, RegExp>();

function expression(source: string): RegExp {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const made = new RegExp(source, 'u');
  compiled.set(source, made);
  return made;
}
