import { expect, test } from 'vitest';
import { sql } from './statement.ts';

test('values_are_bound_and_never_pasted', () => {
  const statement = (id: string, count: number) => sql('test')`select ${id} from t limit ${count}`;
  expect(statement("x'; drop table t", 3)).toEqual({ name: 'test', text: 'select $1 from t limit $2', values: ["x'; drop table t", 3] });
  expect(statement('second', 4).text).toBe('select $1 from t limit $2');
});
