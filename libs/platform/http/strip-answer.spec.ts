import { defineRoute } from '@lib/contract';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { compileRoute } from './compile-route.ts';
import { checkAnswer, stripAnswer } from './strip-answer.ts';

const schema = z.object({ id: z.string(), inner: z.object({ shown: z.int() }) });
const route = (answer: z.ZodType) =>
  compileRoute(
    defineRoute({
      operationId: 'getThing',
      method: 'GET',
      path: '/thing',
      tag: 'test',
      summary: 'a thing',
      scope: 'read',
      needs: 'tenant.read',
      answers: { 200: { description: 'it', schema: answer } },
      problems: [],
    }),
  );
const full = { id: 'a', hash: 'not for you', inner: { shown: 1, hidden: 2 } };

test('members_that_the_contract_does_not_name_do_not_leave', () => {
  expect(stripAnswer(route(schema), full)).toEqual({ id: 'a', inner: { shown: 1 } });
  expect(checkAnswer(schema, full)).toEqual({ id: 'a', inner: { shown: 1 } });
});

test('an_answer_that_does_not_fit_is_withheld_and_its_value_is_not_told', () => {
  const odd = { id: 'a', inner: { shown: 'a secret' } };
  for (const strip of [() => stripAnswer(route(schema), odd), () => checkAnswer(schema, odd)]) {
    expect(strip).toThrow('http.answer_invalid');
    expect(strip).toThrow('inner.shown');
    expect(strip).not.toThrow('a secret');
  }
});

test('what_was_checked_by_the_routes_own_schema_is_taken_as_it_is_and_by_another_is_not', () => {
  const wide = z.object({ id: z.string(), hash: z.string(), inner: z.object({ shown: z.int() }) });
  const checked = checkAnswer(wide, full);
  expect(stripAnswer(route(wide), checked)).toBe(checked);
  expect(stripAnswer(route(schema), checked)).toEqual({ id: 'a', inner: { shown: 1 } });
});

test('a_route_without_a_schema_answers_nothing_whatever_its_handler_gives', () => {
  const none = compileRoute({ ...route(schema).route, answers: { 204: { description: 'done' } } });
  expect(stripAnswer(none, full)).toBeUndefined();
});
