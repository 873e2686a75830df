/** Class and activity of an event. Source: OCSF 1.3.0, categories 3 (identity and access) and 6 (application activity). */
export type OcsfClass = { readonly classUid: 3001 | 3002 | 3004 | 6003 | 6005; readonly activityId: number };

const activities = { create: 1, read: 2, update: 3, delete: 4, other: 99 } as const;

/**
 * Where an action belongs. It goes by the words of the action and not by a list, so that an action added later lands in a fitting class
 * and no consumer breaks: the fallback is API Activity.
 */
export function ocsfClass(action: string): OcsfClass {
  const [subject = '', verb = ''] = action.split('.');
  if (subject === 'session') return { classUid: 3002, activityId: verb === 'ended' ? 2 : 1 };
  if (accountSubjects.has(subject)) return { classUid: 3001, activityId: accountActivity(verb) };
  const reading = readingVerbs.get(verb);
  if (reading !== undefined) return { classUid: 6005, activityId: reading };
  if (entitySubjects.has(subject)) return { classUid: 3004, activityId: activityOf(verb) };
  return { classUid: 6003, activityId: activityOf(verb) };
}

const accountSubjects: ReadonlySet<string> = new Set(['token', 'passkey', 'member', 'user']);
const entitySubjects: ReadonlySet<string> = new Set(['finding', 'rule', 'policy', 'suppression']);
const readingVerbs: ReadonlyMap<string, number> = new Map([
  ['read', 1],
  ['downloaded', 1],
  ['exported', 1],
  ['streamed', 1],
  ['listed', 4],
  ['searched', 4],
]);

function accountActivity(verb: string): number {
  if (/^(?:created|added|issued|invited)$/u.test(verb)) return 1;
  if (/^(?:revoked|deleted|removed|expired)$/u.test(verb)) return 6;
  return activities.other;
}

function activityOf(verb: string): number {
  if (/^(?:created|added|requested|started|opened)$/u.test(verb)) return activities.create;
  if (/^(?:changed|updated|decided|suppressed|sealed|moved|resumed|paused)$/u.test(verb)) return activities.update;
  if (/^(?:deleted|removed|revoked|cancelled|erased)$/u.test(verb)) return activities.delete;
  return activities.other;
}
