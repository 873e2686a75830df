import { z } from 'zod';
import {
  deliveryIdSchema,
  elevationIdSchema,
  mailIdSchema,
  exportIdSchema,
  forgeAppIdSchema,
  installationIdSchema,
  memberIdSchema,
  sinkIdSchema,
  scanIdSchema,
  suppressionIdSchema,
  tenantIdSchema,
} from './ids.ts';

/** Every job names its tenant; payloads hold ids only, never content or secrets (the queue has no row-level security). */
const scanJob = z.object({ tenantId: tenantIdSchema, scanId: scanIdSchema });

/** One schema per job kind. A flow hands over to the next by writing such a row in its own transaction. */
export const jobSchemas = {
  'ingest.seal': scanJob,
  'scan.analyze': scanJob,
  'findings.record': scanJob,
  /** Makes the object store say what the tenant wants: holds, later dates. */
  'evidence.keep': scanJob,
  /** Sweeps what a scan sealed, once it is due. */
  'evidence.expire': scanJob,
  'export.bundle': z.object({ tenantId: tenantIdSchema, exportId: exportIdSchema }),
  /** Clears away what an export stored, once its time is over. */
  'export.expire': z.object({ tenantId: tenantIdSchema, exportId: exportIdSchema }),
  /** Acts on what a forge has told. */
  'forge.handle': z.object({ tenantId: tenantIdSchema, deliveryId: deliveryIdSchema }),
  /** Makes our list of an installation's repositories what the forge says. */
  'forge.sync': z.object({ tenantId: tenantIdSchema, installationId: installationIdSchema }),
  /** Tells the forge how a scan stands. */
  'forge.report': scanJob,
  /** Asks for deliveries that were lost, and puts the next look into the ring. */
  'forge.reconcile': z.object({ tenantId: tenantIdSchema, forgeAppId: forgeAppIdSchema }),
  /** Sends a message that lies in the outbox. */
  'mail.send': z.object({ tenantId: tenantIdSchema, mailId: mailIdSchema }),
  /** Makes the closing of an account final, once it is due, and clears away what it held. */
  'tenant.close': z.object({ tenantId: tenantIdSchema }),
  /** Lets the secret of a stream go, once it is due. */
  'sink.leave': z.object({ tenantId: tenantIdSchema, sinkId: sinkIdSchema }),
  /** Makes an App's leaving final, once it is due. */
  'forge.leave': z.object({ tenantId: tenantIdSchema, forgeAppId: forgeAppIdSchema }),
  /** Makes a member's leaving final, once it is due. */
  'member.leave': z.object({ tenantId: tenantIdSchema, memberId: memberIdSchema }),
  /** Says that an elevation of staff is over, or that a request for one has lapsed, once that is so. */
  'access.end': z.object({ tenantId: tenantIdSchema, elevationId: elevationIdSchema }),
  /** Reopens what a signed claim kept quiet, once its date has come. */
  'suppression.expire': z.object({ tenantId: tenantIdSchema, suppressionId: suppressionIdSchema }),
} as const;

export const jobKindSchema = z.enum([
  'ingest.seal',
  'scan.analyze',
  'findings.record',
  'evidence.keep',
  'evidence.expire',
  'export.bundle',
  'export.expire',
  'forge.handle',
  'forge.sync',
  'forge.report',
  'forge.reconcile',
  'mail.send',
  'tenant.close',
  'forge.leave',
  'sink.leave',
  'member.leave',
  'access.end',
  'suppression.expire',
]);
export type JobKind = z.infer<typeof jobKindSchema>;
export type JobPayload<K extends JobKind> = z.infer<(typeof jobSchemas)[K]>;

/** `pending`: committed, not yet handed to the queue. `dead`: gave up, listed for a human. */
export const jobStates = ['pending', 'queued', 'running', 'done', 'dead', 'cancelled'] as const;
export const jobStateSchema = z.enum(jobStates);
export type JobState = z.infer<typeof jobStateSchema>;

/**
 * Kinds that do new work: an account that is being closed has none of them. The others finish, clear away or tell, and go on. The database
 * refuses the same kinds by itself.
 */
export const workKinds = [
  'ingest.seal',
  'scan.analyze',
  'findings.record',
  'forge.handle',
  'forge.sync',
  'forge.reconcile',
] as const satisfies readonly JobKind[];

/** What goes on for an account that is closed: its evidence has dates of its own. */
export const keptAfterClosing = ['evidence.keep', 'evidence.expire'] as const satisfies readonly JobKind[];
