import { firstLine, itemsOf, list, member, scalar, textOf, type Place, type SourceFile, type Value } from '../model/value.ts';
import { worldOf, type Subject } from '../model/subject.ts';

/** Workflow files and actions of GitHub. */
export function isWorkflowPath(path: string): boolean {
  return /(?:^|\/)\.github\/workflows\/[^/]+\.ya?ml$/iu.test(path) || /(?:^|\/)action\.ya?ml$/iu.test(path);
}

/** The subjects `workflow`, `job` and `step`; `$workflow`, `$job` and `$eventNames` surround them. */
export function readWorkflow(file: SourceFile, document: Value): readonly Subject[] {
  const subjects: Subject[] = [];
  const world = worldOf(subjects);
  const on = eventsOf(document);
  const make = (type: string, address: string, { value, place, job }: Made): Subject => ({
    format: 'workflow',
    type,
    address,
    value,
    roots: new Map([['workflow', document], ['eventNames', on], ...(job === undefined ? [] : [['job', job] as const])]),
    file,
    place,
    head: firstLine(place),
    world,
  });
  const jobs = member(document, 'jobs');
  if (jobs?.kind === 'map') {
    subjects.push(make('workflow', 'workflow', { value: document, place: document.place, job: undefined }));
    for (const [name, { value: job, place }] of jobs.entries) {
      subjects.push(make('job', `job ${name}`, { value: job, place, job }));
      for (const [index, step] of itemsOf(member(job, 'steps')).entries()) {
        subjects.push(make('step', `job ${name} ${stepName(step, index)}`, { value: step, place: step.place, job }));
      }
    }
  }
  for (const [index, step] of itemsOf(member(member(document, 'runs'), 'steps')).entries()) {
    subjects.push(make('step', `action ${stepName(step, index)}`, { value: step, place: step.place, job: undefined }));
  }
  return subjects;
}

type Made = { readonly value: Value; readonly place: Place; readonly job: Value | undefined };

function stepName(step: Value, index: number): string {
  for (const name of ['id', 'name', 'uses']) {
    const text = textOf(member(step, name));
    if (text !== undefined) return `step ${text}`;
  }
  const run = textOf(member(step, 'run'));
  return run === undefined ? `step ${String(index + 1)}` : `step ${run.slice(0, 80)}`;
}

// `on: push`, `on: [push, pull_request]` and `on: { push: ... }` all become a list of names.
function eventsOf(document: Value): Value {
  const on = member(document, 'on') ?? member(document, 'true');
  if (on?.kind !== 'map') return on ?? list([], document.place);
  return list(
    [...on.entries].map(([name, entry]) => scalar(name, entry.place)),
    on.place,
  );
}
