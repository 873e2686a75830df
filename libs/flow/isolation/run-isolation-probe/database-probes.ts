import type { TenantTx } from '@lib/guard/tenancy';
import * as attempts from '../attempts.store.ts';
import type { Decoy } from '../isolation.store.ts';

/** An attempt, under the number that `npm run test:isolation` has for it. `held`: what may come back. */
export type DatabaseProbe = {
  readonly id: string;
  readonly what: string;
  readonly held: readonly string[];
  readonly attempt: (tx: TenantTx, decoy: Decoy) => Promise<number>;
};

const nothing = ['0 rows'];
const refused = ['42501'];

/** What is tried in the database as the role that serves requests, with the proof of the tenant that asks. */
export const databaseProbes: readonly DatabaseProbe[] = [
  { id: 'P23b.tenant', what: `read the decoy's tenant`, held: nothing, attempt: attempts.readTenant },
  { id: 'P23b.repository', what: `read the decoy's repository by its id`, held: nothing, attempt: attempts.readRepository },
  { id: 'P23b.scan', what: `read the decoy's scan by its id`, held: nothing, attempt: attempts.readScan },
  { id: 'P23b.finding', what: `read the decoy's finding by its id`, held: nothing, attempt: attempts.readFinding },
  { id: 'P45.canary', what: 'search for the text that the decoy holds', held: nothing, attempt: attempts.searchCanary },
  { id: 'P23b.everybody', what: 'read rows of any other tenant', held: nothing, attempt: attempts.everybodyElse },
  { id: 'P34.update', what: `change the decoy's finding`, held: nothing, attempt: attempts.changeFinding },
  { id: 'P34.insert', what: 'write a row for the decoy', held: refused, attempt: attempts.insertRepository },
  { id: 'P34.conflict', what: `write over the decoy's row`, held: refused, attempt: attempts.overwriteRepository },
  { id: 'P36', what: `hang a scan on the decoy's repository`, held: ['23503'], attempt: attempts.borrowParent },
  { id: 'P38', what: `have an error tell the decoy's name`, held: nothing, attempt: attempts.readByError },
  { id: 'P42.setting', what: 'set the tenant within a statement', held: nothing, attempt: attempts.setTenant },
  { id: 'P41.forged', what: 'enter the decoy by a forged proof', held: ['28000', '0 rows'], attempt: attempts.forgeProof },
  { id: 'P32.mint', what: 'have a pass made for the decoy', held: refused, attempt: attempts.mintPass },
  { id: 'P32.pairs', what: 'read which decoy is whose', held: refused, attempt: attempts.readPairs },
  { id: 'P32.owner', what: 'become the owner of the tables', held: refused, attempt: attempts.takeOwner },
];
