import type { Probe } from './probe.ts';
import { bindProof } from '../../libs/guard/tenancy/bind-proof.ts';
import { tenantA, type Attacker, type Target } from './session-target.ts';

const listed: readonly (readonly [name: string, text: string])[] = [
  ['finding', `select id from app.finding where tenant_id = $1 and id = $2`],
  ['worst-findings', `select id from app.finding where tenant_id = $1 and (score, id) < (50, $2) order by score desc, id limit 50`],
  [
    'newest-scans',
    `select id from app.scan where tenant_id = $1 and (created_at, id) < (now(), $2) order by created_at desc, id desc limit 50`,
  ],
  ['open-jobs', `select id from app.job where tenant_id = $1 and state = 'pending' and not_before <= now() and id <> $2`],
  ['sightings', `select scan_id from app.sighting where tenant_id = $1 and finding_id = $2`],
  ['leaves', `select hash from app.audit_leaf where tenant_id = $1 and idx >= length($2::text) limit 100`],
];

/** How the server runs the statements that are run most: a policy that is asked at each row would be paid at each row. */
export const planProbes: readonly Probe<Target>[] = listed.map(([name, text]): Probe<Target> => ({
  id: `P20.${name}`,
  what: 'the policy is evaluated once a statement and an index serves',
  attack: async ({ pools }) => {
    const plan = await planOf(pools.aegis_api, text);
    const evaluated = new Set(plan.match(/InitPlan \d+/gu)).size;
    return [
      ...(evaluated === 1 ? [] : [`evaluated in ${String(evaluated)} places`]),
      ...(/Index Cond: .*tenant_id/u.test(plan) ? [] : ['no index serves']),
    ];
  },
}));

/** The plan that the API's role gets, with sequential scans ruled out where the table is too small to show what a large one does. */
async function planOf(attacker: Attacker, text: string): Promise<string> {
  const pass = await attacker.pass(tenantA).proofFor(attacker.database.role);
  return attacker.doors.lend(async (connection) => {
    const run = (statement: string, values: readonly string[] = []) => connection.send({ name: '', text: statement, values });
    await run('begin');
    await run('set local enable_seqscan = off');
    await run('set local enable_bitmapscan = off');
    await connection.send(attacker.doors.enter(bindProof(pass, connection.backend)));
    const { rows } = await run(`explain (costs off) ${text}`, [tenantA, 'aaaaaaaa-0000-4000-8000-00000000000a']);
    await run('rollback');
    return rows.map((row) => String(row['QUERY PLAN'])).join('\n');
  });
}
