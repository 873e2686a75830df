import { problemSchema } from '@lib/contract';
import { Fault } from '@lib/kernel';
import { expect, test } from 'vitest';
import { problemTable } from './problem-table.ts';
import { RefusedCall, toProblem } from './to-problem.ts';

test.each(Object.entries(problemTable))('%s_is_answered_as_the_table_says', (code, kind) => {
  const { problem, fault } = toProblem(new RefusedCall(code), 'request-1');
  expect(problemSchema.parse(problem)).toEqual({
    type: `urn:aegis:problem:${code}`,
    title: kind.title,
    status: kind.status,
    code,
    requestId: 'request-1',
  });
  expect(fault).toBe(kind.status >= 500);
});

test('every_503_and_429_says_when_to_come_back', () => {
  for (const [code, kind] of Object.entries(problemTable)) {
    if (kind.status === 503 || kind.status === 429)
      expect(toProblem(new RefusedCall(code), 'r').retryAfterSeconds, code).toBeGreaterThan(0);
  }
});

test.each([
  ['an error', new Error('password is hunter2')],
  ['a fault whose code is in no table', new Fault('vault.melted', { internal: 'host 10.0.0.1', public: 'the vault melted' })],
  ['a thrown text', 'secret'],
  ['nothing', undefined],
])('%s_becomes_http_internal_and_nothing_of_it_leaves', (_what, thrown) => {
  const { problem, fault } = toProblem(thrown, 'request-1');
  expect(problem).toEqual({
    type: 'urn:aegis:problem:http.internal',
    title: problemTable['http.internal'].title,
    status: 500,
    code: 'http.internal',
    requestId: 'request-1',
  });
  expect(fault).toBe(true);
});

test('the_internal_text_of_a_known_fault_stays_inside', () => {
  const { problem } = toProblem(new Fault('db.disk_full', { internal: 'volume /data at 100 %', public: 'the disk is full' }), 'request-1');
  expect(problem.status).toBe(503);
  expect(JSON.stringify(problem)).not.toMatch(/volume|the disk is full/u);
  const taken = toProblem(new Fault('http.idempotency_in_progress', { internal: 'volume', public: 'try later' }), 'request-1');
  expect(taken.problem.detail).toBe('try later');
  expect(JSON.stringify(taken.problem)).not.toContain('volume');
});
