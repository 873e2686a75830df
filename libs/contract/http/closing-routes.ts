import { z } from 'zod';
import { closingSchema } from './identity-routes.ts';
import { defineRoute } from './route.ts';

export const closeTenant = defineRoute({
  operationId: 'closeTenant',
  method: 'POST',
  path: '/v1/tenant/closing',
  tag: 'identity',
  summary: 'Close the account: shut at once, for good after five minutes. Signed by an owner, who says its name',
  scope: 'admin',
  needs: 'tenant.close',
  presence: 'required',
  body: z.strictObject({ name: z.string().max(200) }),
  answers: { 202: { description: 'Shut; until `closesAt` an owner may keep it', schema: closingSchema } },
  problems: [400, 401, 403, 409],
});

export const keepTenant = defineRoute({
  operationId: 'keepTenant',
  method: 'POST',
  path: '/v1/tenant/reinstatement',
  tag: 'identity',
  summary: 'Keep an account that is being closed: what could come in before can again. Scans that were cancelled stay so',
  scope: 'admin',
  needs: 'tenant.close',
  whileClosing: true,
  answers: { 200: { description: 'It is open', schema: closingSchema } },
  problems: [401, 403, 409],
});
