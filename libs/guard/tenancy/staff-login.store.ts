import { z } from 'zod';
import { staffIdSchema, type StaffId } from '@lib/contract';
import { lendConnection, sql, type Database, type Row, type Statement } from '@lib/platform/db';

const bytesSchema = z.instanceof(Uint8Array);
const foundSchema = z.object({ passkey_id: z.uuid(), public_key: bytesSchema });
const openedSchema = z.object({ enrolment_id: z.uuid(), person_id: staffIdSchema.nullable(), name: z.string() });

/** A passkey as it is kept. */
export type StaffPasskey = {
  readonly id: string;
  readonly name: string;
  readonly credentialId: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly counter: number;
};

/** An answered challenge, by its digest; `expiresAt` is ISO 8601 in UTC. */
export type AnsweredChallenge = { readonly hash: Uint8Array; readonly expiresAt: string };

/** How people of the operator's staff come in, before anybody is known. Secrets are given by their SHA-256. */
export type StaffLogin = {
  /** The passkey of that id of somebody who may come in. Finding it opens nothing. */
  readonly findPasskey: (credentialId: Uint8Array) => Promise<{ readonly id: string; readonly publicKey: Uint8Array } | undefined>;
  /** MUST be called after the answer was checked. `spent`: the challenge was answered before; `copied`: the counter did not go up. */
  readonly beginSession: (
    passkey: { readonly id: string; readonly counter: number },
    challenge: AnsweredChallenge,
    session: { readonly id: string; readonly hash: Uint8Array },
  ) => Promise<'begun' | 'spent' | 'copied'>;
  /** Keeps the digest of a secret that opens nothing until two others agree; false when too many wait. */
  readonly askEnrolment: (enrolment: { readonly id: string; readonly hash: Uint8Array; readonly name: string }) => Promise<boolean>;
  /** Whose a granted enrolment is. */
  readonly openEnrolment: (hash: Uint8Array) => Promise<{ readonly personId: StaffId | null; readonly name: string } | undefined>;
  /** Spends it for one passkey: of somebody who was here before, every other passkey and session goes. */
  readonly enrol: (hash: Uint8Array, personId: StaffId, passkey: StaffPasskey) => Promise<boolean>;
};

/** Opens them on a pool of `aegis_identity`, the only role that may call them. */
export function openStaffLogin(database: Database): StaffLogin {
  const row = async (statement: Statement): Promise<Row | undefined> =>
    (await lendConnection(database, (connection) => connection.send(statement))).rows[0];
  return {
    findPasskey: async (credentialId) => {
      const found = await row(sql('staff.find-passkey')`select passkey_id, public_key from identity.find_staff_passkey(${credentialId})`);
      if (found === undefined) return undefined;
      const { passkey_id: id, public_key: publicKey } = foundSchema.parse(found);
      return { id, publicKey };
    },
    beginSession: async (passkey, challenge, session) => {
      const begun = await row(sql('staff.begin-session')`
        select identity.begin_staff_session(${passkey.id}, ${passkey.counter}, ${challenge.hash}, ${challenge.expiresAt}, ${session.id}, ${session.hash}) as outcome`);
      return z.object({ outcome: z.enum(['begun', 'spent', 'copied']) }).parse(begun).outcome;
    },
    askEnrolment: async ({ id, hash, name }) => {
      const asked = await row(sql('staff.ask-enrolment')`select identity.ask_staff_enrolment(${id}, ${hash}, ${name}) as kept`);
      return z.object({ kept: z.boolean() }).parse(asked).kept;
    },
    openEnrolment: async (hash) => {
      const opened = await row(
        sql('staff.open-enrolment')`select enrolment_id, person_id, name from identity.open_staff_enrolment(${hash})`,
      );
      if (opened === undefined) return undefined;
      const { person_id: personId, name } = openedSchema.parse(opened);
      return { personId, name };
    },
    enrol: async (hash, personId, passkey) => {
      const enrolled = await row(sql('staff.enrol')`
        select identity.enrol_staff(${hash}, ${personId}, ${passkey.id}, ${passkey.name}, ${passkey.credentialId}, ${passkey.publicKey}, ${passkey.counter}) as kept`);
      return z.object({ kept: z.boolean() }).parse(enrolled).kept;
    },
  };
}
