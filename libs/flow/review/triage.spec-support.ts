import type { FindingId } from '@lib/contract';
import type { TestApi, TestTenant } from '../../../tools/testing/api.ts';
import { plantFindings, plantRepository, plantScan } from '../../../tools/testing/plant.ts';

/** Plants findings of one scan in a repository of its own, in these states. */
export async function plantInStates(api: TestApi, tenant: TestTenant, states: readonly string[]): Promise<FindingId[]> {
  const repositoryId = await plantRepository(api, tenant, `shop-${String(states.length)}-${crypto.randomUUID()}`);
  const scanId = await plantScan(api, tenant, { repositoryId, state: 'succeeded' });
  return plantFindings(
    api,
    tenant,
    states.map((state, at) => ({ repositoryId, scanId, path: `${String(at)}.js`, state })),
  );
}

/** The state of a finding as the table has it. */
export async function stateOf(api: TestApi, id: string): Promise<unknown> {
  const [row] = await api.database.admin('select state from app.finding where id = $1', [id]);
  return row?.['state'];
}

/** An id that no finding has. */
export const absentFinding = '0195a1d0-0000-7000-8000-000000000000';
