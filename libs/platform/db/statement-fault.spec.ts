import { expect, test } from 'vitest';
import { statementFault } from './statement-fault.ts';

function serverError(code: string, message: string, constraint?: string): Error {
  return Object.assign(new Error(message), { severity: 'ERROR', code, ...(constraint === undefined ? {} : { constraint }) });
}

test.each([
  ['08006', 'db.unavailable'],
  ['57P01', 'db.unavailable'],
  ['53300', 'db.unavailable'],
  ['25006', 'db.unavailable'],
  ['53100', 'db.disk_full'],
  ['53200', 'db.out_of_resources'],
  ['58030', 'db.unavailable'],
  ['57014', 'db.timeout'],
  ['55P03', 'db.timeout'],
  ['40001', 'db.conflict'],
  ['40P01', 'db.conflict'],
  ['23505', 'db.conflict'],
  ['23503', 'db.constraint'],
  ['42501', 'db.forbidden'],
  ['28000', 'db.forbidden'],
  ['28P01', 'db.login_refused'],
  ['42601', 'db.statement_failed'],
])('sqlstate_%s_is_%s', (state, code) => {
  expect(statementFault(serverError(state, 'text'), 'test')).toMatchObject({ code, sqlState: state });
});

test.each([
  serverError('58030', 'could not extend file "base/1/2": No space left on device'),
  serverError('XX000', 'could not write to file "pg_wal/xlogtemp.1": No space left on device'),
  Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
])('full_disk_is_told_apart_however_it_is_said: %s', (error) => {
  expect(statementFault(error, 'test').code).toBe('db.disk_full');
});

test('failure_below_the_protocol_is_unavailable_and_has_no_sqlstate', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
  expect(statementFault(refused, 'connect')).toMatchObject({ code: 'db.unavailable', sqlState: '' });
});

test.each([
  serverError('22P02', 'invalid input syntax for type integer: "TOPSECRET"'),
  serverError('23505', 'Key (name)=(TOPSECRET) already exists', 'repository_name_key'),
])('texts_that_quote_values_stay_out_of_the_fault: %s', (error) => {
  const fault = statementFault(error, 'test');
  expect(JSON.stringify([fault.message, fault.stack, fault.cause, fault.publicText])).not.toContain('TOPSECRET');
});

test('constraint_is_named_so_that_a_store_can_tell_which', () => {
  expect(statementFault(serverError('23505', 'x', 'repository_name_key'), 'test').constraint).toBe('repository_name_key');
});
