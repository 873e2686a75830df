import { randomBytes, randomUUID } from 'node:crypto';
import { elevationIdSchema, staffIdSchema, type ElevationId, type StaffId } from '@lib/contract';
import { hashSecret, makeSecret } from '@lib/platform/http';
import type { TestDatabase } from './database.ts';

/** A person of staff who is signed in. */
export type PlantedStaff = { readonly id: StaffId; readonly name: string; readonly secret: string; readonly sessionHash: Uint8Array };

/** What is asked for; the rest is what a test does not care about. */
export type Wanted = { readonly tenant: string; readonly scope?: string; readonly minutes?: number; readonly ticket?: string };

/** Plants a person with a session and as many authenticators; nobody can answer with these. */
export async function plantStaff({ admin }: Pick<TestDatabase, 'admin'>, name: string, authenticators = 2): Promise<PlantedStaff> {
  const id = staffIdSchema.parse(randomUUID());
  await admin('insert into identity.staff_person (id, name) values ($1, $2)', [id, name]);
  for (let n = 0; n < authenticators; n += 1) {
    await admin(
      'insert into identity.staff_passkey (id, person_id, name, credential_id, public_key, counter) values ($1, $2, $3, $4, $5, 0)',
      [randomUUID(), id, `key ${String(n)}`, randomBytes(32), randomBytes(77)],
    );
  }
  return { id, name, ...(await plantStaffSession({ admin }, id)) };
}

/** Another login of somebody who is there. */
export async function plantStaffSession(
  { admin }: Pick<TestDatabase, 'admin'>,
  person: StaffId,
): Promise<Pick<PlantedStaff, 'secret' | 'sessionHash'>> {
  const secret = makeSecret();
  const sessionHash = hashSecret(secret);
  await admin(
    `insert into identity.staff_session (id, hash, person_id, expires_at) values ($1, $2, $3, clock_timestamp() + interval '1 hour')`,
    [randomUUID(), sessionHash, person],
  );
  return { secret, sessionHash };
}

/** Asks for an elevation as the staff's own role does: `ask` runs a statement of that role. Answers its id and what came of it. */
export async function askForElevation(
  ask: (text: string, values: readonly unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>,
  by: PlantedStaff,
  { tenant, scope = 'metadata', minutes = 30, ticket = 'SUP-1' }: Wanted,
): Promise<{ readonly id: ElevationId; readonly outcome: string }> {
  const id = elevationIdSchema.parse(randomUUID());
  const [row] = await ask('select identity.request_elevation($1, $2, $3, $4, $5, $6, $7) as outcome', [
    by.sessionHash,
    tenant,
    id,
    scope,
    ticket,
    'looks at what the ticket is about',
    minutes,
  ]);
  return { id, outcome: String(row?.['outcome']) };
}

/** The secrets of the first two people, as the operator hands them out. */
export async function nameFirstStaff({ admin }: Pick<TestDatabase, 'admin'>): Promise<readonly string[]> {
  const secrets = [makeSecret(), makeSecret()];
  const values = secrets.flatMap((secret, at) => [randomUUID(), `Person ${String(at + 1)}`, hashSecret(secret)]);
  await admin('select identity.first_staff($1, $2, $3, $4, $5, $6)', values);
  return secrets;
}
