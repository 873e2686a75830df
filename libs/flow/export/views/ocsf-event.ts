import type { Json } from '@lib/kernel';
import { elementsOf, eventMembers, membersOf, text } from './event-row.ts';
import type { LeafRecord } from './leaf-record.ts';
import { ocsfClass } from './ocsf-class.ts';

const ocsfVersion = '1.3.0';
const severities = { informational: 1, low: 2, medium: 3, critical: 5 } as const;

/** One event in OCSF, as JSON on one line. Leaf index and hash stand in `metadata.sequence` and `unmapped`. */
export function ocsfEvent(record: LeafRecord): string {
  const event = eventMembers(record.entry);
  const action = text(event['action']);
  const outcome = text(event['outcome']);
  const { classUid, activityId } = ocsfClass(action);
  const time = Date.parse(text(event['occurredAt']));
  return JSON.stringify({
    activity_id: activityId,
    category_uid: Math.floor(classUid / 1000),
    class_uid: classUid,
    type_uid: classUid * 100 + activityId,
    severity_id: severityOf(action, outcome),
    status_id: outcome === 'success' ? 1 : 2,
    status: outcome,
    time: Number.isFinite(time) ? time : 0,
    message: action,
    metadata: {
      version: ocsfVersion,
      product: { name: 'Aegis', vendor_name: 'Aegis' },
      event_code: action,
      uid: text(event['id']),
      tenant_uid: text(event['tenant']),
      sequence: record.index,
    },
    actor: { user: userOf(event['actor']) },
    ...subjectOf(classUid, event),
    unmapped: {
      leaf_index: record.index,
      leaf_hash: Buffer.from(record.hash).toString('hex'),
      purpose: text(event['purpose']),
      targets: event['targets'] ?? [],
      detail: event['detail'] ?? {},
    },
  });
}

function severityOf(action: string, outcome: string): number {
  if (action === 'sandbox.escape_attempt' || action.endsWith('.mismatch')) return severities.critical;
  if (outcome === 'denied') return severities.medium;
  return outcome === 'failure' ? severities.low : severities.informational;
}

type Members = ReturnType<typeof eventMembers>;

/** What each class requires beside the actor. */
function subjectOf(classUid: number, event: Members): Readonly<Record<string, Json>> {
  const action = text(event['action']);
  const target = membersOf(elementsOf(event['targets'])[0]);
  const type = text(target['type']) === '' ? (action.split('.')[0] ?? '') : text(target['type']);
  const uid = text(target['id']);
  const { requestId, ip } = membersOf(event['context']);
  const source = {
    src_endpoint: { svc_name: serviceOf(event['actor']), uid: text(requestId), ...(text(ip) === '' ? {} : { ip: text(ip) }) },
  };
  switch (classUid) {
    case 3001:
      return { user: { uid: uid === '' ? text(membersOf(event['actor'])['id']) : uid, type } };
    case 3002:
      return { user: userOf(event['actor']), service: { name: 'aegis' } };
    case 3004:
      return { entity: { type, uid: uid === '' ? type : uid } };
    case 6005:
      return { ...source, table: { name: type, uid } };
    default:
      return { ...source, api: { operation: action }, resources: uid === '' ? [] : [{ type, uid }] };
  }
}

function userOf(actor: Json | undefined): Json {
  const { id, type } = membersOf(actor);
  return { uid: text(id), type: text(type) };
}

function serviceOf(actor: Json | undefined): string {
  const type = text(membersOf(actor)['type']);
  if (type === 'staff') return 'aegis-staff';
  return ['worker', 'system'].includes(type) ? 'aegis-worker' : 'aegis-api';
}
