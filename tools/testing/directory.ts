import { memberIdSchema, scimGroupSchema, scimUserSchema, type ScimGroup, type ScimUser } from '@lib/contract';
import { z } from 'zod';
import { plantToken, type Answer, type Ask, type TestApi } from './api.ts';
import { testCompany } from './company.ts';
import { plantSession } from './plant-member.ts';

const mediaType = { 'content-type': 'application/scim+json' };
const pageSchema = z.object({
  totalResults: z.int(),
  startIndex: z.int(),
  itemsPerPage: z.int(),
  Resources: z.array(z.looseObject({ id: z.string() })),
});
type Named = { readonly id: string };

/** A company's directory: what it asks, and what came of its people. Whoever is in the group `Everybody` is an auditor. */
export type TestDirectory = {
  readonly api: TestApi;
  readonly token: string;
  readonly everybodyId: string;
  readonly ask: (method: string, path: string, more?: Ask) => Promise<Answer>;
  readonly list: (path: string) => Promise<z.infer<typeof pageSchema>>;
  readonly makeUser: (change?: object) => Promise<ScimUser>;
  readonly makeGroup: (displayName: string, users?: readonly Named[]) => Promise<ScimGroup>;
  readonly join: (groupId: string, user: Named) => Promise<Answer>;
  readonly memberOf: (user: Named) => Promise<Readonly<Record<string, unknown>> | undefined>;
  /** Somebody of the directory who is a member, and signed in. `works` answers the status of what they ask. */
  readonly employee: () => Promise<{ readonly user: ScimUser; readonly id: string; readonly works: () => Promise<number> }>;
  readonly close: () => Promise<void>;
};

/** Operations as a directory sends them. */
export function patchOf(...Operations: readonly object[]): object {
  return { schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations };
}

/** Starts one. */
export async function testDirectory(): Promise<TestDirectory> {
  const company = await testCompany();
  const { api } = company;
  const token = await plantToken(api.database, api.acme.id, { scope: 'scim' });
  const groupRoles = [
    { group: 'Security', role: 'analyst' },
    { group: 'Admins', role: 'admin' },
    { group: 'Everybody', role: 'auditor' },
  ];
  await company.set({ defaultRole: null, groupRoles });
  const ask = (method: string, path: string, more: Ask = {}) => api.ask(method, `/scim/v2${path}`, { token, headers: mediaType, ...more });
  const makeGroup = async (displayName: string, users: readonly Named[] = []) =>
    scimGroupSchema.parse((await ask('POST', '/Groups', { body: { displayName, members: users.map(({ id }) => ({ value: id })) } })).json);
  let made = 0;
  const makeUser = async (change: object = {}) => {
    made += 1;
    const said = {
      userName: `person${String(made)}@acme.test`,
      externalId: `x${String(made)}`,
      name: { givenName: 'P', familyName: String(made) },
    };
    const body = { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], ...said, active: true, ...change };
    return scimUserSchema.parse((await ask('POST', '/Users', { body })).json);
  };
  const join = (groupId: string, { id }: Named) =>
    ask('PATCH', `/Groups/${groupId}`, { body: patchOf({ op: 'add', path: 'members', value: [{ value: id }] }) });
  const memberOf = async ({ id }: Named) => {
    const [row] = await api.database.admin(
      `select m.id, m.role, m.state, m.email, m.name from app.scim_user u join app.member m on m.tenant_id = u.tenant_id and m.id = u.member_id
       where u.id = $1`,
      [id],
    );
    return row;
  };
  const everybodyId = (await makeGroup('Everybody')).id;
  return {
    api,
    token,
    everybodyId,
    ask,
    list: async (path) => pageSchema.parse((await ask('GET', path)).json),
    makeUser,
    makeGroup,
    join,
    memberOf,
    employee: async () => {
      const user = await makeUser();
      await join(everybodyId, user);
      const id = String((await memberOf(user))?.['id']);
      const { headers } = await plantSession(api, api.acme.id, { id: memberIdSchema.parse(id), role: 'auditor' });
      return { user, id, works: async () => (await api.ask('GET', '/v1/tenant', { headers })).status };
    },
    close: company.close,
  };
}
