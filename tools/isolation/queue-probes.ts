import { jobIdSchema } from '@lib/contract';
import { openJobPass } from '@lib/guard/tenancy';
import { sql } from '@lib/platform/db';
import type { Probe } from './probe.ts';
import { rowsAs, tenantA, tenantB, type Target } from './session-target.ts';

const jobOfB = jobIdSchema.parse('bbbbbbbb-0000-4000-8000-00000000004b');

/** What an entry of the queue, which lies outside of row-level security, can be bent to. */
export const queueProbes: readonly Probe<Target>[] = [
  {
    id: 'P49.ticket',
    what: 'an entry without its ticket, or with a made-up one, opens no job',
    attack: (target) => opened(target, ['', '.', 'x.y'], {}),
  },
  {
    id: 'P49.tenant',
    what: `a ticket of one's own job opens no job of another tenant`,
    attack: async (target) => opened(target, [await ticketOf(target, tenantA)], {}),
  },
  {
    id: 'P49.attempt',
    what: 'a ticket of an earlier attempt opens nothing',
    attack: async (target) => opened(target, [await ticketOf(target, tenantB)], { attempts: 2, state: 'running' }),
  },
  {
    id: 'P49.lease',
    what: 'a ticket opens nothing when its lease has run out',
    attack: async (target) => opened(target, [await ticketOf(target, tenantB)], { attempts: 1, state: 'running', lease: '-1 second' }),
  },
  {
    id: 'P49.ended',
    what: 'a ticket opens nothing when its job has ended',
    attack: async (target) => opened(target, [await ticketOf(target, tenantB)], { attempts: 1, state: 'done' }),
  },
];

type Row = { readonly state?: string; readonly attempts?: number; readonly lease?: string };

/** Plants the job of the other tenant, shows each ticket for it, and takes it away again. */
async function opened(target: Target, tickets: readonly string[], row: Row): Promise<readonly string[]> {
  await target.admin(
    `insert into app.job (tenant_id, id, kind, payload, state, attempts, lease_until) values ($1, $2, 'ingest.seal', '{}', $3, $4, now() + $5::interval)`,
    [tenantB, jobOfB, row.state ?? 'queued', row.attempts ?? 0, row.lease ?? '1 hour'],
  );
  try {
    const found: string[] = [];
    for (const ticket of tickets) {
      const pass = await openJobPass(target.dispatch, { tenantId: tenantB, jobId: jobOfB, attempt: 0, ticket });
      if (pass !== undefined) found.push(`the ticket \`${ticket}\` opened it`);
    }
    return found;
  } finally {
    await target.admin('delete from app.job where id = $1', [jobOfB]);
  }
}

/** A ticket for the first attempt at the job, as it is made for a tenant. */
async function ticketOf({ pools }: Target, tenant: string): Promise<string> {
  const [row] = await rowsAs(pools.aegis_worker, tenant, sql('probe.ticket')`select ops.job_ticket(${jobOfB}, 0) as ticket`);
  return String(row?.['ticket']);
}
