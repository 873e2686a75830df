import { type ScanId } from '@lib/contract';
import { type TestApi, type TestTenant } from '../../../tools/testing/api.ts';
import { plantFindings, plantRepository, plantScan } from '../../../tools/testing/plant.ts';

/** A scan with one sealed pack. */
export async function plantSealedScan(api: TestApi, tenant: TestTenant): Promise<ScanId> {
  const repositoryId = await plantRepository(api, tenant, `shop ${String(Math.random())}`);
  const scanId = await plantScan(api, tenant, { repositoryId, state: 'succeeded' });
  await plantFindings(api, tenant, [{ repositoryId, scanId, path: 'a.js' }]);
  return scanId;
}

/** A scan that found nothing. */
export async function plantEmptyScan(api: TestApi, tenant: TestTenant): Promise<ScanId> {
  return plantScan(api, tenant, { repositoryId: await plantRepository(api, tenant, `shop ${String(Math.random())}`), state: 'succeeded' });
}
