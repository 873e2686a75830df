import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { clientRoutes } from './client-routes.ts';

test('the_api_answers_with_the_page_under_exactly_the_addresses_that_the_dashboard_knows', () => {
  const router = readFileSync(join(import.meta.dirname, '../web/router.tsx'), 'utf8');
  const known = [...router.matchAll(/path: '([^']+)'/gu)].map(([, path = '']) => path.replaceAll(/\$\w+/gu, '*'));
  expect(clientRoutes.map((path) => path.replaceAll(/:\w+/gu, '*')).toSorted()).toEqual(known.toSorted());
});
