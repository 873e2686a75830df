import { describe, expect, it } from 'vitest';
import * as contract from '@lib/contract';
import { jobKindSchema } from '@lib/contract';
import { repositoryFiles, textOf } from './repository-files.ts';

// Each route, and each kind of job, records what it did or read: the source of its verb calls `recordAudit`, or a function of its slice or
// of a guard whose own file does. What does not stands in this list with its reason, which only shrinks.
const listFile = 'apps/api/unaudited.txt';
const recordCall = /\b(?:recordAudit|recordRead)\(/u;
const recorders = new Set(
  repositoryFiles
    .filter((path) => /^libs\/(?:guard|flow)\//u.test(path) && /(?<!spec)[.]ts$/u.test(path) && recordCall.test(textOf(path)))
    .flatMap((path) => [...textOf(path).matchAll(/^export (?:async )?function (\w+)/gmu)].map(([, name = '']) => name)),
);
const imports = /import (?:type )?\{([^}]*)\} from '(?:@lib\/guard\/|[.])/gu;

const operations = Object.values<unknown>(contract).flatMap((value) => (isRoute(value) ? [value.operationId] : []));
const worker = textOf('apps/worker/open-worker.ts');
const jobs = jobKindSchema.options.map((kind) => ({
  name: kind,
  verb: new RegExp(`'${kind}': \\([^)]*\\) => (\\w+)\\(`, 'u').exec(worker)?.[1],
}));
const [head = '', ...lines] = textOf(listFile).trim().split('\n');
const listed = lines.map((line) => line.split(':')[0] ?? '');
const verbs = [...operations.map((name) => ({ name, verb: name })), ...jobs];

describe('audit', () => {
  it('there_are_routes_and_jobs', () => {
    expect(operations.length).toBeGreaterThan(20);
    expect(jobs.map(({ verb }) => verb)).not.toContain(undefined);
  });

  it('every_route_and_job_records_an_event_or_stands_in_the_list', () => {
    expect(verbs.filter(({ name, verb }) => !records(verb ?? name) && !listed.includes(name)).map(({ name }) => name)).toEqual([]);
  });

  it('the_list_names_nothing_that_records_or_is_gone_and_says_why', () => {
    expect(listed.filter((name) => !verbs.some((each) => each.name === name && !records(each.verb ?? name)))).toEqual([]);
    expect(lines.filter((line) => line.slice(line.indexOf(':') + 1).trim().length < 20)).toEqual([]);
  });

  it('the_list_only_shrinks', () => {
    expect(head).toBe(
      `# routes and jobs that record no event, each with its reason; at most ${lines.length}, and the number only goes down`,
    );
  });
});

/** Whether the files of a verb's own folder record an event. */
function records(verb: string): boolean {
  const folder = `/${verb.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}/`;
  const files = repositoryFiles.filter((path) => path.startsWith('libs/flow/') && path.includes(folder) && /(?<!spec)[.]ts$/u.test(path));
  return files.some((path) => recordCall.test(textOf(path)) || importsRecorder(textOf(path)));
}

function importsRecorder(source: string): boolean {
  const names = [...source.matchAll(imports)].flatMap(([, list = '']) => list.split(',').map((name) => name.trim().split(' as ')[0] ?? ''));
  return names.some((name) => recorders.has(name));
}

function isRoute(value: unknown): value is { readonly operationId: string } {
  return typeof value === 'object' && value !== null && 'operationId' in value && typeof value.operationId === 'string';
}
