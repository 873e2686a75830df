import type { z } from 'zod';
import type { auditFilterSchema } from '@lib/contract';
import { elementsOf, eventMembers, membersOf, text } from '../views/event-row.ts';

/** Which events an export is about. */
export type ExportFilter = z.infer<typeof auditFilterSchema>;

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
