import type { Join } from '../rule-schema.ts';
import { followPath, splitPath } from './follow-path.ts';
import { keyOf, type Subject } from './subject.ts';
import { textOf, type Value } from './value.ts';

/** Subjects tied to one: `possible` are those of which nobody can tell. */
type Joined = { readonly certain: readonly Subject[]; readonly possible: readonly Subject[] };

/** The subjects that a rule's join leads to. */
export function joinedSubjects(subject: Subject, join: Join): Joined {
  const others = join.joined.flatMap((type) => subject.world.ofType(type));
  const certain: Subject[] = [];
  const possible: Subject[] = [];
  for (const other of others) {
    const tie = tieBetween(subject, other, join);
    if (tie === 'yes') certain.push(other);
    if (tie === 'maybe') possible.push(other);
  }
  return { certain, possible };
}

type Tie = 'yes' | 'no' | 'maybe';

function tieBetween(subject: Subject, other: Subject, { via, to, on }: Join): Tie {
  if (via !== undefined) return tied(other, subject, { path: via, name: on });
  return to === undefined ? 'yes' : tied(subject, other, { path: to, name: on });
}

// `from` says by its values at `path` which subject it belongs to: by reference, or by the name that both write.
function tied(from: Subject, to: Subject, { path, name }: { readonly path: string; readonly name: string | undefined }): Tie {
  const { found, open } = valuesAt(from, path);
  const names = name === undefined ? [] : valuesAt(to, name).found;
  const ties = found.map((value) => tieOf(value, to, names));
  if (ties.includes('yes')) return 'yes';
  return open || ties.includes('maybe') ? 'maybe' : 'no';
}

function tieOf(value: Value, to: Subject, names: readonly Value[]): Tie {
  if (value.refs.includes(keyOf(to))) return 'yes';
  const text = textOf(value);
  if (text !== undefined) return names.some((candidate) => textOf(candidate) === text) ? 'yes' : 'no';
  return value.refs.length === 0 ? 'maybe' : 'no';
}

function valuesAt(subject: Subject, path: string): { readonly found: readonly Value[]; readonly open: boolean } {
  const { found, open } = followPath({ value: subject.value, place: subject.head }, splitPath(path), subject.place);
  return { found: found.map(({ value }) => value), open };
}
