import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { resolveFolder } from './resolve-folder.ts';

const base = realpathSync(mkdtempSync(join(tmpdir(), 'aegis-folders-')));
const allowed = join(base, 'allowed');
mkdirSync(join(allowed, 'shop'), { recursive: true });
mkdirSync(join(base, 'allowed-not'));
mkdirSync(join(base, 'outside'));
writeFileSync(join(allowed, 'file'), '');
symlinkSync(join(base, 'outside'), join(allowed, 'way-out'));
symlinkSync(join(allowed, 'shop'), join(allowed, 'way-in'));
symlinkSync(allowed, join(base, 'alias'));
afterAll(() => rmSync(base, { recursive: true }));

const notAllowed = { ok: false, error: { code: 'connect.folder_not_allowed' } };
const missing = { ok: false, error: { code: 'ingest.folder_missing' } };

test('a_folder_under_an_allowed_one_is_resolved_to_its_real_place', async () => {
  expect(await resolveFolder(join(allowed, 'shop'), [allowed])).toEqual({ ok: true, value: join(allowed, 'shop') });
  expect(await resolveFolder(allowed, [allowed])).toEqual({ ok: true, value: allowed });
  expect(await resolveFolder(join(allowed, 'way-in'), [allowed])).toEqual({ ok: true, value: join(allowed, 'shop') });
  expect(await resolveFolder(join(base, 'alias', 'shop'), [join(base, 'alias')])).toEqual({ ok: true, value: join(allowed, 'shop') });
});

test.each([
  ['a folder outside', join(base, 'outside')],
  ['a folder that only begins alike', join(base, 'allowed-not')],
  ['a way up', `${allowed}/../outside`],
  ['a link that leads out', join(allowed, 'way-out')],
  ['a relative path', 'shop'],
  ['a path with NUL', `${allowed}/shop\0`],
  ['the root', '/'],
])('%s_is_not_allowed', async (_what, path) => {
  expect(await resolveFolder(path, [allowed])).toEqual(notAllowed);
});

test('an_answer_about_the_outside_is_the_same_whether_it_exists_or_not', async () => {
  expect(await resolveFolder(join(base, 'nowhere'), [allowed])).toEqual(notAllowed);
});

test('what_is_absent_or_no_folder_is_missing', async () => {
  expect(await resolveFolder(join(allowed, 'absent'), [allowed])).toEqual(missing);
  expect(await resolveFolder(join(allowed, 'file'), [allowed])).toEqual(missing);
});

test('without_an_allowed_folder_nothing_is_allowed', async () => {
  expect(await resolveFolder(join(allowed, 'shop'), [])).toEqual(notAllowed);
});
