import ldap from 'ldapjs';
import { pool } from '../database.js';
import { requiredEnv } from '../settings.js';
import type { Session } from './session.js';

const peopleBase = 'ou=people,dc=ledgerly,dc=internal';
const groupsBase = 'ou=groups,dc=ledgerly,dc=internal';

type Entry = { readonly dn: string; readonly mail: string };

/** Sign-in against the customer's directory: look the person up, then bind as them. */
export async function findDirectoryUser(tenantSlug: string, login: string, password: string): Promise<Session | undefined> {
  const client = ldap.createClient({ url: requiredEnv('LDAP_URL') });
  const person = await findPerson(client, login);
  if (person === undefined || password === '' || !(await bindAs(client, person.dn, password))) return undefined;
  if (!(await isMember(client, 'ledgerly-users', person.dn))) return undefined;
  const { rows } = await pool.query(
    'select u.id, u.tenant_id, u.role from users u join tenants t on t.id = u.tenant_id where t.slug = $1 and u.email = $2',
    [tenantSlug, person.mail],
  );
  const row = rows[0];
  return row === undefined ? undefined : { userId: row.id, tenantId: row.tenant_id, role: row.role };
}

/** Used by the team page to suggest colleagues. */
export function findColleague(client: ldap.Client, mail: string): Promise<Entry | undefined> {
  const filter = new ldap.EqualityFilter({ attribute: 'mail', value: mail });
  return firstEntry(client, peopleBase, { scope: 'sub', filter, attributes: ['dn', 'mail'] });
}

function findPerson(client: ldap.Client, login: string): Promise<Entry | undefined> {
  const filter = `(&(objectClass=person)(|(uid=${login})(mail=${login})))`;
  return new Promise((resolve, reject) => {
    client.search(peopleBase, { scope: 'sub', filter, attributes: ['dn', 'mail'] }, (error, found) => {
      if (error !== null) return reject(error);
      found.once('searchEntry', (entry) => resolve({ dn: String(entry.dn), mail: String(entry.pojo.attributes[0]?.values[0]) }));
      found.once('end', () => resolve(undefined));
    });
  });
}

function isMember(client: ldap.Client, group: string, dn: string): Promise<boolean> {
  const filter = `(&(cn=${escapeFilterValue(group)})(member=${escapeFilterValue(dn)}))`;
  return firstEntry(client, groupsBase, { scope: 'sub', filter }).then((entry) => entry !== undefined);
}

function escapeFilterValue(value: string): string {
  return value.replace(/[\\*()\0]/g, (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function firstEntry(client: ldap.Client, base: string, options: ldap.SearchOptions): Promise<Entry | undefined> {
  return new Promise((resolve, reject) => {
    client.search(base, options, (error, found) => {
      if (error !== null) return reject(error);
      found.once('searchEntry', (entry) => resolve({ dn: String(entry.dn), mail: String(entry.pojo.attributes[0]?.values[0]) }));
      found.once('end', () => resolve(undefined));
    });
  });
}

function bindAs(client: ldap.Client, dn: string, password: string): Promise<boolean> {
  return new Promise((resolve) => client.bind(dn, password, (error) => resolve(error === null)));
}
