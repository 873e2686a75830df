import { expect, it } from 'vitest';
import { readAssignment } from './read-assignment.ts';

it.each([
  [`dbToken = "v4lue-1"`, 'dbToken'],
  [`DB_TOKEN=v4lue-1`, 'DB_TOKEN'],
  [`db.token: 'v4lue-1'`, 'db.token'],
  ['{\n  "db_token": "v4lue-1"\n}', 'db_token'],
  ['{"db_token":"v4lue-1"}', 'db_token'],
  ['{"app.ini": "DB_TOKEN=v4lue-1\\nBACKUP=true"}', 'DB_TOKEN'],
  ['"{\\"db_token\\": \\"v4lue-1\\"}"', 'db_token'],
  ['<dbToken>\n    v4lue-1\n</dbToken>', 'dbToken'],
  ['<add key="DbToken" value="v4lue-1" />', 'DbToken'],
  ['- name: DB_TOKEN\n  value: v4lue-1', 'DB_TOKEN'],
  ['{ "name": "DB_TOKEN", "value": "v4lue-1" }', 'DB_TOKEN'],
  ['token: |\n  v4lue-1\n', 'token'],
  ['string dbToken = "v4lue-1";', 'dbToken'],
  ['var dbToken string = "v4lue-1"', 'dbToken'],
  ['dbToken: string = `v4lue-1`', 'dbToken'],
  ['dbToken := "v4lue-1"', 'dbToken'],
  ['$dbToken .= "v4lue-1"', '$dbToken'],
  ['  "dbToken" => "v4lue-1"', 'dbToken'],
  ['DB_TOKEN ?= "v4lue-1"', 'DB_TOKEN'],
  ['DB_TOKEN ::= "v4lue-1"', 'DB_TOKEN'],
  ['System.setProperty("DB_TOKEN", "v4lue-1")', 'DB_TOKEN'],
  ['os.environ["DB_TOKEN"] = "v4lue-1"', 'DB_TOKEN'],
  ['token = b"v4lue-1"', 'token'],
  ['token = Buffer.from("v4lue-1")', 'token'],
  ['setToken("v4lue-1")', 'setToken'],
  ['if (token === "v4lue-1") {}', 'token'],
  ['Token: Bearer v4lue-1', 'Token'],
  ['https://db.internal/?token=v4lue-1&page=2', 'token'],
  ['Server=db;Token=v4lue-1;Encrypt=true', 'Token'],
])('reads %j', (text, name) => {
  const start = text.toLowerCase().indexOf('token');
  const read = readAssignment(text, start, start + 'token'.length);
  expect(read).toMatchObject({ name, value: 'v4lue-1' });
  expect(text.slice(read?.start, read?.end)).toBe('v4lue-1');
});

it.each([
  ['nothing is assigned', 'the token expires'],
  ['another variable is passed', 'login(token, user)'],
  ['the value stands on the next line', 'token=\nother=1'],
  ['the quote never ends', 'token = "abc\n"'],
  ['the value is as long as a file', `token = "${'a'.repeat(2_000)}"`],
  ['the name has no end', `token${'a'.repeat(500)} = "v4lue-1"`],
])('reads nothing where %s', (_, text) => {
  const start = text.indexOf('token');
  expect(readAssignment(text, start, start + 'token'.length)).toBeUndefined();
});
