import { auditActionSchema, instantSchema } from '@lib/contract';
import { z } from 'zod';
import { eventMembers, membersOf, elementsOf, text } from '../views/event-row.ts';

const idSchema = z.string().min(1).max(100);
const actionsMax = 100; // more than there are

/** Which events an export is about. Members that are absent do not narrow. `from` is inside, `to` is outside. */
export const exportFilterSchema = z.strictObject({
  actions: z.array(auditActionSchema).min(1).max(actionsMax).optional(),
  actorId: idSchema.optional(),
  targetId: idSchema.optional(),
  outcome: z.enum(['success', 'failure', 'denied']).optional(),
  from: instantSchema.optional(),
  to: instantSchema.optional(),
});
export type ExportFilter = z.infer<typeof exportFilterSchema>;

/** Whether an entry is one of those that the filter asks for. Instants are text of one form, so they compare as text. */
export function matchesFilter(filter: ExportFilter, entry: Uint8Array): boolean {
  const event = eventMembers(entry);
  const at = text(event['occurredAt']);
  const actions: readonly string[] | undefined = filter.actions;
  if (actions?.includes(text(event['action'])) === false) return false;
  if (!isAsked(filter.actorId, text(membersOf(event['actor'])['id']))) return false;
  if (!isAsked(filter.outcome, text(event['outcome']))) return false;
  if (filter.from !== undefined && at < filter.from) return false;
  if (filter.to !== undefined && at >= filter.to) return false;
  return filter.targetId === undefined || elementsOf(event['targets']).some((target) => membersOf(target)['id'] === filter.targetId);
}

/** Whether it narrows anything. */
export function isNarrow(filter: ExportFilter): boolean {
  return Object.values(filter).some((member) => member !== undefined);
}

function isAsked(asked: string | undefined, found: string): boolean {
  return asked === undefined || asked === found;
}
