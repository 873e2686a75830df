import { z } from 'zod';
import {
  staffElevationSchema,
  staffEnrolmentsSchema,
  staffIdSchema,
  type ElevationId,
  type StaffElevationView,
  type StaffEnrolmentsView,
  type StaffId,
  type TenantId,
} from '@lib/contract';
import { lendConnection, sql, type Database, type Row, type Statement } from '@lib/platform/db';
import type { AnsweredChallenge, StaffPasskey } from './staff-login.store.ts';

const bytesSchema = z.instanceof(Uint8Array);
const selfSchema = z.object({
  session_id: z.uuid(),
  person_id: staffIdSchema,
  name: z.string(),
  expires_at: z.string(),
  passkeys: z.int(),
});
const passkeySchema = z.object({
  id: z.uuid(),
  name: z.string(),
  credential_id: bytesSchema,
  public_key: bytesSchema,
  created_at: z.string(),
});
const peopleSchema = staffEnrolmentsSchema.shape.people;
const enrolmentsSchema = staffEnrolmentsSchema.shape.items;
const elevationRowSchema = z.object({ personId: staffIdSchema, personName: z.string() });
const outcomeSchema = z.object({ outcome: z.string() });
const yesSchema = z.object({ yes: z.boolean() });

/** Who is signed in; `passkeys`: how many authenticators they have. Instants are ISO 8601 in UTC. */
export type StaffSelf = {
  readonly sessionId: string;
  readonly personId: StaffId;
  readonly name: string;
  readonly expiresAt: string;
  readonly passkeys: number;
};
/** What is asked for. */
export type WantedElevation = {
  readonly id: ElevationId;
  readonly tenantId: TenantId;
  readonly scope: string;
  readonly ticket: string;
  readonly reason: string;
  readonly minutes: number;
};

/** What a session of staff may do, each against the digest of its secret. A dead session gets what an unknown one gets. */
export type StaffDesk = {
  readonly self: (session: Uint8Array) => Promise<StaffSelf | undefined>;
  readonly endSession: (session: Uint8Array) => Promise<void>;
  readonly passkeys: (session: Uint8Array) => Promise<readonly Omit<StaffPasskey, 'counter'>[]>;
  readonly addPasskey: (session: Uint8Array, passkey: StaffPasskey) => Promise<boolean>;
  /** MUST be called after the answer was checked: spends the challenge, moves the counter. */
  readonly usePasskey: (
    session: Uint8Array,
    passkey: { readonly id: string; readonly counter: number },
    challenge: AnsweredChallenge,
  ) => Promise<boolean>;
  readonly people: (session: Uint8Array) => Promise<StaffEnrolmentsView['people']>;
  readonly enrolments: (session: Uint8Array) => Promise<StaffEnrolmentsView['items']>;
  readonly grantEnrolment: (session: Uint8Array, enrolmentId: string, whose: StaffId | null) => Promise<string>;
  /** Shuts somebody else out at once. */
  readonly shutOut: (session: Uint8Array, person: StaffId) => Promise<string>;
  readonly elevations: (session: Uint8Array) => Promise<readonly StaffElevationView[]>;
  readonly request: (session: Uint8Array, wanted: WantedElevation) => Promise<string>;
  readonly approve: (session: Uint8Array, id: ElevationId) => Promise<string>;
  readonly end: (session: Uint8Array, id: ElevationId) => Promise<boolean>;
};

/** Opens it on a pool of `aegis_staff`. */
export function openStaffDesk(database: Database): StaffDesk {
  const rows = async (statement: Statement): Promise<readonly Row[]> =>
    (await lendConnection(database, (connection) => connection.send(statement))).rows;
  const outcome = async (statement: Statement): Promise<string> => outcomeSchema.parse((await rows(statement))[0]).outcome;
  const yes = async (statement: Statement): Promise<boolean> => yesSchema.parse((await rows(statement))[0]).yes;
  return {
    self: async (session) => {
      const [row] = await rows(sql('staff.self')`
        select session_id, person_id, name, expires_at, passkeys from identity.find_staff_session(${session})`);
      if (row === undefined) return undefined;
      const { session_id: sessionId, person_id: personId, name, expires_at: expiresAt, passkeys } = selfSchema.parse(row);
      return { sessionId, personId, name, expiresAt, passkeys };
    },
    endSession: async (session) => {
      await rows(sql('staff.end-session')`select identity.end_staff_session(${session})`);
    },
    passkeys: async (session) => {
      const found = await rows(
        sql('staff.passkeys')`select id, name, credential_id, public_key, created_at from identity.staff_passkeys(${session})`,
      );
      return found.map((given) => {
        const row = passkeySchema.parse(given);
        return { id: row.id, name: row.name, credentialId: row.credential_id, publicKey: row.public_key };
      });
    },
    addPasskey: (session, passkey) =>
      yes(sql('staff.add-passkey')`
        select identity.add_staff_passkey(${session}, ${passkey.id}, ${passkey.name}, ${passkey.credentialId}, ${passkey.publicKey}, ${passkey.counter}) as yes`),
    usePasskey: (session, { id, counter }, { hash, expiresAt }) =>
      yes(sql('staff.use-passkey')`select identity.use_staff_passkey(${session}, ${id}, ${counter}, ${hash}, ${expiresAt}) as yes`),
    people: async (session) =>
      peopleSchema.parse(await rows(sql('staff.people')`select id, name, state, passkeys from identity.staff_people(${session})`)),
    enrolments: async (session) =>
      enrolmentsSchema.parse(
        await rows(sql('staff.enrolments')`
          select id, name, person_id as "personId", first_by as "firstBy", second_by as "secondBy", expires_at as "expiresAt"
          from identity.staff_enrolments(${session})`),
      ),
    grantEnrolment: (session, enrolmentId, whose) =>
      outcome(sql('staff.grant-enrolment')`select identity.grant_staff_enrolment(${session}, ${enrolmentId}, ${whose}) as outcome`),
    shutOut: (session, person) => outcome(sql('staff.shut-out')`select identity.shut_out_staff(${session}, ${person}) as outcome`),
    elevations: async (session) => {
      const found = await rows(sql('staff.elevations')`
        select id, tenant_id as "tenantId", person_id as "personId", person_name as "personName", this_session as "ofThisLogin", scope, ticket,
          reason, minutes, own_approval as "ownApproval", agreed, approved_by_name as "approvedBy", lapses_at as "lapsesAt",
          started_at as "startedAt", expires_at as "expiresAt", ended_at as "endedAt"
        from identity.staff_elevations(${session})`);
      return found.map((row) => {
        const { personId, personName } = elevationRowSchema.parse(row);
        return staffElevationSchema.parse({ ...row, person: { id: personId, name: personName } });
      });
    },
    request: (session, { tenantId, id, scope, ticket, reason, minutes }) =>
      outcome(sql('staff.request')`
        select identity.request_elevation(${session}, ${tenantId}, ${id}, ${scope}, ${ticket}, ${reason}, ${minutes}) as outcome`),
    approve: (session, id) => outcome(sql('staff.approve')`select identity.approve_elevation(${session}, ${id}) as outcome`),
    end: (session, id) => yes(sql('staff.end')`select identity.end_elevation(${session}, ${id}) as yes`),
  };
}
