import {
  accessScopeSchema,
  assertionResponseSchema,
  elevationIdSchema,
  registrationResponseSchema,
  staffIdSchema,
  tenantIdSchema,
} from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import { plainRoute, type PlainCall, type PlainRoute, type ProblemCode } from '@lib/platform/http';
import { z } from 'zod';
import { approveElevation, askElevation } from './ask-elevation.ts';
import { addStaffPasskey, askForFirstPasskey, askForFurtherPasskey, askToEnrol, enrolStaff } from './enrol.ts';
import { findCaller } from './find-caller.ts';
import { grantEnrolment } from './grant-enrolment.ts';
import { readTenant } from './read-tenant.ts';
import { askForStaffAct, checkStaffAct, type StaffAct } from './sign-act.ts';
import { shutOut } from './shut-out.ts';
import { askForStaffSignIn, signInStaff } from './sign-in.ts';
import type { StaffCaller, StaffDeps } from './staff-deps.ts';

type Answer = Promise<Result<unknown, { readonly code: ProblemCode }>>;

const none = z.unknown().transform(() => undefined);
const secret = z.string().max(100);
const personName = z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} .'-]{0,99}$/u);
const keyName = z.string().trim().min(1).max(100);
const ofElevation = z.strictObject({ elevationId: elevationIdSchema });
const wanted = {
  tenantId: tenantIdSchema,
  scope: accessScopeSchema,
  ticket: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/#-]{1,63}$/u),
  reason: z
    .string()
    .trim()
    .min(10)
    .max(200)
    .regex(/^\P{Cc}*$/u),
  minutes: z.int().min(1).max(60),
};
const granted = { enrolmentId: z.uuid(), personId: staffIdSchema.nullable() };
const signed = { signed: assertionResponseSchema };

// What is signed, whole: a challenge is asked for with it, and the request that follows is compared with it.
const actSchema = z.discriminatedUnion('act', [
  z.strictObject({ act: z.literal('request'), ...wanted }),
  z.strictObject({ act: z.literal('approve'), elevationId: elevationIdSchema }),
  z.strictObject({ act: z.literal('grant'), ...granted }),
  z.strictObject({ act: z.literal('shut-out'), personId: staffIdSchema }),
  z.strictObject({ act: z.literal('passkey'), credentialId: z.string().max(1400) }),
]);

/** Every endpoint of the program of staff: signing in, enrolling, elevations, and what an elevation shows. */
export function staffRoutes(deps: StaffDeps): readonly PlainRoute[] {
  return [...signInRoutes(deps), ...enrolmentRoutes(deps), ...elevationRoutes(deps)];
}

function signInRoutes(deps: StaffDeps): readonly PlainRoute[] {
  return [
    plainRoute(['POST', '/v1/sign-in/options'], { params: none, body: none }, (_input, { origin }) =>
      Promise.resolve(askForStaffSignIn(deps, origin)),
    ),
    plainRoute(
      ['POST', '/v1/sign-in'],
      { params: none, body: z.strictObject({ response: assertionResponseSchema }) },
      async ({ body }, call) => {
        const begun = await signInStaff(deps, { response: body.response, origin: call.origin });
        if (!begun.ok) return begun;
        call.setSession(begun.value);
        return ok(undefined);
      },
    ),
    plainRoute(['DELETE', '/v1/session'], { params: none, body: none }, async (_input, call) =>
      asCaller(deps, call, async (caller) => {
        for (const { id } of (await deps.desk.elevations(caller.hash)).filter((row) => row.ofThisLogin && row.endedAt === null))
          await deps.desk.end(caller.hash, id);
        await deps.desk.endSession(caller.hash);
        call.clearSession();
        return ok(undefined);
      }),
    ),
    plainRoute(['GET', '/v1/self'], { params: none, body: none }, (_input, call) =>
      asCaller(deps, call, async ({ personId, name, expiresAt, hash }) => {
        const passkeys = (await deps.desk.passkeys(hash)).map((passkey) => ({ id: passkey.id, name: passkey.name }));
        return ok({ person: { id: personId, name }, expiresAt, passkeys });
      }),
    ),
    plainRoute(['POST', '/v1/acts'], { params: none, body: actSchema }, ({ body }, call) =>
      asCaller(deps, call, (caller) => askForStaffAct(deps, caller, { act: body, origin: call.origin })),
    ),
    plainRoute(['POST', '/v1/passkeys/options'], { params: none, body: none }, (_input, call) =>
      asCaller(deps, call, (caller) => askForFurtherPasskey(deps, caller, call.origin)),
    ),
    plainRoute(
      ['POST', '/v1/passkeys'],
      { params: none, body: z.strictObject({ name: keyName, response: registrationResponseSchema, ...signed }) },
      ({ body }, call) =>
        asSigned(deps, call, { act: { act: 'passkey', credentialId: body.response.id }, signed: body.signed }, (caller) =>
          addStaffPasskey(deps, caller, { ...body, origin: call.origin }),
        ),
    ),
  ];
}

function enrolmentRoutes(deps: StaffDeps): readonly PlainRoute[] {
  return [
    plainRoute(['POST', '/v1/enrolments'], { params: none, body: z.strictObject({ name: personName }) }, ({ body }) =>
      askToEnrol(deps, body.name),
    ),
    plainRoute(['POST', '/v1/enrolments/options'], { params: none, body: z.strictObject({ secret }) }, ({ body }, { origin }) =>
      askForFirstPasskey(deps, { ...body, origin }),
    ),
    plainRoute(
      ['POST', '/v1/enrolments/passkey'],
      { params: none, body: z.strictObject({ secret, name: keyName, response: registrationResponseSchema }) },
      ({ body }, { origin }) => enrolStaff(deps, { ...body, origin }),
    ),
    plainRoute(['GET', '/v1/enrolments'], { params: none, body: none }, (_input, call) =>
      asCaller(deps, call, async ({ hash }) => ok({ items: await deps.desk.enrolments(hash), people: await deps.desk.people(hash) })),
    ),
    plainRoute(['POST', '/v1/enrolments/grant'], { params: none, body: z.strictObject({ ...granted, ...signed }) }, ({ body }, call) => {
      const { signed: answer, ...act } = body;
      return asSigned(deps, call, { act: { act: 'grant', ...act }, signed: answer }, (caller) => grantEnrolment(deps, caller, act));
    }),
    plainRoute(
      ['POST', '/v1/people/shut-out'],
      { params: none, body: z.strictObject({ personId: staffIdSchema, ...signed }) },
      ({ body }, call) => {
        const { signed: answer, personId } = body;
        return asSigned(deps, call, { act: { act: 'shut-out', personId }, signed: answer }, (caller) => shutOut(deps, caller, personId));
      },
    ),
  ];
}

function elevationRoutes(deps: StaffDeps): readonly PlainRoute[] {
  const read = (part: 'metadata' | 'findings' | 'evidence'): PlainRoute =>
    plainRoute(['GET', `/v1/elevations/:elevationId/${part}`], { params: ofElevation, body: none }, ({ params }, call) =>
      asCaller(deps, call, (caller) => readTenant(deps, caller, { elevationId: params.elevationId, part })),
    );
  return [
    plainRoute(['GET', '/v1/elevations'], { params: none, body: none }, (_input, call) =>
      asCaller(deps, call, async ({ hash }) => ok({ items: await deps.desk.elevations(hash) })),
    ),
    plainRoute(['POST', '/v1/elevations'], { params: none, body: z.strictObject({ ...wanted, ...signed }) }, ({ body }, call) => {
      const { signed: answer, ...act } = body;
      return asSigned(deps, call, { act: { act: 'request', ...act }, signed: answer }, (caller) => askElevation(deps, caller, act));
    }),
    plainRoute(['POST', '/v1/elevations/approval'], { params: none, body: ofElevation.extend(signed) }, ({ body }, call) => {
      const { signed: answer, elevationId } = body;
      return asSigned(deps, call, { act: { act: 'approve', elevationId }, signed: answer }, (caller) =>
        approveElevation(deps, caller, elevationId),
      );
    }),
    plainRoute(['DELETE', '/v1/elevations/:elevationId'], { params: ofElevation, body: none }, ({ params }, call) =>
      asCaller(deps, call, async ({ hash }) =>
        (await deps.desk.end(hash, params.elevationId)) ? ok(undefined) : err({ code: 'staff.elevation_unknown' }),
      ),
    ),
    read('metadata'),
    read('findings'),
    read('evidence'),
  ];
}

async function asCaller(deps: StaffDeps, call: PlainCall, work: (caller: StaffCaller) => Answer): Answer {
  const caller = await findCaller(deps, call.secret);
  return caller.ok ? work(caller.value) : caller;
}

type Signing = { readonly act: StaffAct; readonly signed: z.output<typeof assertionResponseSchema> };

function asSigned(...[deps, call, signing, work]: [StaffDeps, PlainCall, Signing, (caller: StaffCaller) => Answer]): Answer {
  return asCaller(deps, call, async (caller) => {
    const meant = await checkStaffAct(deps, caller, { ...signing, origin: call.origin });
    return meant.ok ? work(caller) : meant;
  });
}
