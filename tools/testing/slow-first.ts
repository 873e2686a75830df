import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const repositoryRoot = join(import.meta.dirname, '../..');

/** Specs that take longer than ten seconds, slowest first. */
const slow = [
  'sandbox/escape/mutants.spec.ts',
  'apps/cli/up/up.e2e.spec.ts',
  'apps/web/dashboard.e2e.spec.ts',
  'sandbox/escape/supervision.spec.ts',
  'sandbox/testing/endings.spec.ts',
  'libs/platform/embedded-postgres/start-postgres.db.spec.ts',
  'sandbox/escape/escape.spec.ts',
  'libs/platform/objects/s3-store.spec.ts',
  'sandbox/task/fargate-scan.spec.ts',
  'libs/flow/forge/receive-delivery/receive-delivery.e2e.spec.ts',
  'apps/cli/scan/run-scan-command.spec.ts',
  'sandbox/testing/snapshots.spec.ts',
  'libs/platform/sandbox/fargate/transfer-store.spec.ts',
  'libs/platform/objects/evidence-bucket-policy.spec.ts',
  'tools/isolation/session.db.spec.ts',
  'libs/engine/secrets/secrets.spec.ts',
  'sandbox/unpack/hostile-archives.spec.ts',
  'apps/api/roles.e2e.spec.ts',
  'apps/web/triage.e2e.spec.ts',
  'apps/web/audit-page.e2e.spec.ts',
  'sandbox/testing/unpack-port.spec.ts',
].map((path) => join(repositoryRoot, path));

/** Starts the slow specs first, so that none of them is left to run alone on one core at the end. The rest keeps vitest's order. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const gone = slow.filter((path) => !existsSync(path));
    if (gone.length > 0) throw new Error(`no longer there, so no longer slow: ${gone.join(', ')}`);
    const placeOf = ({ moduleId }: TestSpecification): number => (slow.includes(moduleId) ? slow.indexOf(moduleId) : slow.length);
    return (await super.sort(files)).toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}
