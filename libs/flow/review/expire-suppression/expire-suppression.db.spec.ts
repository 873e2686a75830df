import { suppressionIdSchema } from '@lib/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plantClaim } from '../../../../tools/testing/plant-claim.ts';
import { openStages, type Stages } from '../../../../tools/testing/stages.ts';
import { expireSuppression } from './expire-suppression.ts';

let stages: Stages;
beforeAll(async () => {
  stages = await openStages();
});
afterAll(() => stages.close());

/** A finding that a claim keeps quiet until then, and the job that looks at it. */
async function quietFor(expiresInMs: number) {
  const tenantId = await stages.addTenant();
  const repositoryId = await stages.addRepository(tenantId);
  const scan = await stages.addScan({ tenantId, repositoryId });
  const [row] = await stages.database.admin(
    `insert into app.finding (tenant_id, id, repository_id, fingerprint, analyzer, rule_id, rule_version, severity, confidence, score, title, path,
       start_line, detail, first_scan_id, last_scan_id, content_sha256)
     values ($1, gen_random_uuid(), $2, sha256('f'), 'sast', 'r', 1, 3, 2, 50, 't', 'a.js', 1, '{}', $3, $3, sha256('c')) returning id`,
    [tenantId, repositoryId, scan.scanId],
  );
  const finding = String(row?.['id']);
  const claim = suppressionIdSchema.parse(
    await plantClaim(stages.database, tenantId, { scope: { kind: 'finding' }, findings: [finding], expiresInMs }),
  );
  const { job } = await stages.hold(scan, 'suppression.expire');
  const run = () => expireSuppression(stages.deps, { ...job, payload: { tenantId, suppressionId: claim } });
  const state = async () => (await stages.database.admin('select state from app.finding where id = $1', [finding]))[0]?.['state'];
  const waiting = () =>
    stages.database.admin(
      `select not_before as due_at from app.job where kind = 'suppression.expire' and state = 'pending' and tenant_id = $1`,
      [tenantId],
    );
  return { tenantId, claim, run, state, waiting };
}

describe('expireSuppression', () => {
  it('a_claim_whose_date_has_come_opens_its_findings_with_history_and_event_and_ends', async () => {
    const { tenantId, claim, run, state } = await quietFor(-1_000);
    await run();
    expect(await state()).toBe('reopened');
    const acts = await stages.database.admin('select actor_type, from_state, to_state from app.finding_act where tenant_id = $1', [
      tenantId,
    ]);
    expect(acts).toEqual([{ actor_type: 'worker', from_state: 'accepted_risk', to_state: 'reopened' }]);
    expect(await stages.actions(tenantId)).toContain('suppression.expired');
    const [row] = await stages.database.admin('select ended_at from app.suppression where id = $1', [claim]);
    expect(row?.['ended_at']).not.toBeNull();
  });

  it('a_job_that_comes_too_early_moves_nothing_and_comes_again_at_the_date', async () => {
    const { run, state, waiting, tenantId } = await quietFor(3_600_000);
    await run();
    expect([await state(), (await waiting()).length]).toEqual(['accepted_risk', 1]);
    expect(await stages.actions(tenantId)).not.toContain('suppression.expired');
  });

  it('one_that_a_person_has_ended_stays_as_it_is', async () => {
    const { claim, run, tenantId, waiting } = await quietFor(-1_000);
    await stages.database.admin('update app.suppression set ended_at = now() where id = $1', [claim]);
    await run();
    expect([await stages.actions(tenantId), await waiting()]).toEqual([[], []]);
  });
});
