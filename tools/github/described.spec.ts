import { expect, test } from 'vitest';
import { openDescribed } from './described.ts';

const described = openDescribed();
const checks = { method: 'POST', path: '/repos/octocat/web/check-runs' };
const head = { name: 'Aegis', head_sha: '0'.repeat(40) };

test('a_request_that_github_describes_passes_and_one_with_a_word_too_few_or_a_wrong_one_does_not', () => {
  expect(described.request({ ...checks, body: { ...head, status: 'queued' } })).toEqual([]);
  expect(described.request({ ...checks, body: { name: 'Aegis' } }).join()).toContain('head_sha');
  expect(described.request({ ...checks, body: { ...head, status: 'asleep' } })).not.toEqual([]);
  expect(described.request({ ...checks, body: undefined }).join()).toContain('missing');
});

test('more_annotations_than_github_takes_at_once_are_refused', () => {
  const annotation = { path: 'a.js', start_line: 1, end_line: 1, annotation_level: 'failure', message: 'x' };
  const body = (count: number) => ({
    ...head,
    output: { title: 't', summary: 's', annotations: Array.from({ length: count }, () => annotation) },
  });
  expect(described.request({ ...checks, body: body(50) })).toEqual([]);
  expect(described.request({ ...checks, body: body(51) })).not.toEqual([]);
});

test('a_path_a_method_or_a_parameter_that_github_does_not_describe_is_named', () => {
  expect(described.request({ method: 'GET', path: '/repos/octocat/web/secrets-of-mine', body: undefined })).toHaveLength(1);
  expect(described.request({ method: 'PUT', path: checks.path, body: head })).toHaveLength(1);
  expect(described.request({ method: 'GET', path: '/repos/octocat/web?colour=blue', body: undefined }).join()).toContain('colour');
});

test('an_answer_is_held_to_its_schema_and_to_the_statuses_that_github_gives', () => {
  const mint = { method: 'POST', path: '/app/installations/1/access_tokens' };
  expect(described.answer(mint, 201, { token: 'x', expires_at: '2030-01-01T00:00:00Z' })).toEqual([]);
  expect(described.answer(mint, 201, { token: 'x' }).join()).toContain('expires_at');
  expect(described.answer(mint, 299, {})).toHaveLength(1);
});
