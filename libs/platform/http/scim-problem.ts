import type { Problem } from '@lib/contract';

/** Where SCIM is spoken: errors are told in its own form there. */
const scimPath = /^\/scim\/v2(?:\/|$)/u;

const types: ReadonlyMap<string, string> = new Map([
  ['http.body_not_json', 'invalidSyntax'],
  ['http.request_invalid', 'invalidValue'],
  ['scim.filter_invalid', 'invalidFilter'],
  ['scim.path_invalid', 'invalidPath'],
  ['scim.value_invalid', 'invalidValue'],
  ['scim.last_owner', 'mutability'],
  ['scim.taken', 'uniqueness'],
]);

/** Whether an address is one of SCIM. */
export function isScimAddress(url: string): boolean {
  return scimPath.test(url);
}

/** A problem as directories read it; `code` and `requestId` are ours. Source: RFC 7644, section 3.12. */
export function scimProblem({ status, code, title, requestId }: Problem): Readonly<Record<string, unknown>> {
  const scimType = types.get(code);
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    ...(scimType === undefined ? {} : { scimType }),
    detail: title,
    code,
    requestId,
  };
}
