import { scimNames } from '@lib/contract';
import { listView } from './scim-views.ts';
import { limits } from '@lib/contract';

const attribute = (name: string, more: Readonly<Record<string, unknown>> = {}) => ({
  name,
  type: 'string',
  multiValued: false,
  required: false,
  caseExact: false,
  mutability: 'readWrite',
  returned: 'default',
  uniqueness: 'none',
  ...more,
});

/** What of SCIM there is here. Source: RFC 7643, section 5. */
export function describeConfig() {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: limits.pageSizeMax },
    changePassword: { supported: false },
    sort: { supported: false },
    etag: { supported: false },
    authenticationSchemes: [{ type: 'oauthbearertoken', name: 'API token', description: 'An API token of scope `scim`', primary: true }],
  };
}

/** Users and groups. Source: RFC 7643, section 6. */
export function describeResourceTypes() {
  const kinds = [
    { id: 'User', name: 'User', endpoint: '/Users', schema: scimNames.user },
    { id: 'Group', name: 'Group', endpoint: '/Groups', schema: scimNames.group },
  ];
  const items = kinds.map((kind) => ({ schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'], ...kind }));
  return listView(items, { total: items.length, startIndex: 1 });
}

/** Which attributes are kept. Source: RFC 7643, section 7. */
export function describeSchemas() {
  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:Schema'];
  const items = [
    {
      schemas,
      id: scimNames.user,
      name: 'User',
      attributes: [
        attribute('userName', { required: true, uniqueness: 'server' }),
        attribute('externalId', { caseExact: true }),
        attribute('displayName'),
        attribute('name', { type: 'complex', subAttributes: [attribute('givenName'), attribute('familyName')] }),
        attribute('emails', {
          type: 'complex',
          multiValued: true,
          subAttributes: [attribute('value'), attribute('primary', { type: 'boolean' })],
        }),
        attribute('active', { type: 'boolean' }),
        attribute('groups', {
          type: 'complex',
          multiValued: true,
          mutability: 'readOnly',
          subAttributes: [attribute('value'), attribute('display')],
        }),
      ],
    },
    {
      schemas,
      id: scimNames.group,
      name: 'Group',
      attributes: [
        attribute('displayName', { required: true, uniqueness: 'server', caseExact: true }),
        attribute('externalId', { caseExact: true }),
        attribute('members', { type: 'complex', multiValued: true, subAttributes: [attribute('value'), attribute('display')] }),
      ],
    },
  ];
  return listView(items, { total: items.length, startIndex: 1 });
}
