import {
  auditEntrySchema,
  auditEventSchema,
  auditHeadSchema,
  ciTrustSchema,
  coverageCertificateSchema,
  excerptSchema,
  findingBodySchema,
  findingDetailSchema,
  findingSchema,
  forgeAppSchema,
  invitationSchema,
  jobSchema,
  locationSchema,
  memberSchema,
  passkeySchema,
  repositorySchema,
  scanDetailSchema,
  scimGroupSchema,
  scimUserSchema,
  ssoSchema,
  scanProgressSchema,
  scanSchema,
  tenantSchema,
  tokenSchema,
} from '@lib/contract';
import { openApi, type JsonObject } from '@lib/platform/http';
import { apiRoutes } from './api-routes.ts';

const description = [
  'Every answer that is not a success is `application/problem+json` (RFC 9457) with a stable `code` and the `requestId` that our logs know.',
  'Lists are in a total order; `nextCursor` continues one and is valid for the same filters only.',
  'A POST with an `Idempotency-Key` takes effect once.',
  'What belongs to another tenant does not exist: the answer is the same 404.',
].join('\n\n');

/** The OpenAPI 3.1 document of the API. */
export function apiDocument(version: string): JsonObject {
  return openApi({
    title: 'Aegis API',
    version,
    description,
    routes: apiRoutes,
    named: {
      Tenant: tenantSchema,
      Token: tokenSchema,
      Member: memberSchema,
      Passkey: passkeySchema,
      ForgeApp: forgeAppSchema,
      Invitation: invitationSchema,
      Sso: ssoSchema,
      CiTrust: ciTrustSchema,
      ScimUser: scimUserSchema,
      ScimGroup: scimGroupSchema,
      Repository: repositorySchema,
      Scan: scanSchema,
      ScanDetail: scanDetailSchema,
      ScanProgress: scanProgressSchema,
      CoverageCertificate: coverageCertificateSchema,
      Job: jobSchema,
      Finding: findingSchema,
      FindingDetail: findingDetailSchema,
      FindingBody: findingBodySchema,
      Location: locationSchema,
      Excerpt: excerptSchema,
      AuditEntry: auditEntrySchema,
      AuditEvent: auditEventSchema,
      AuditHead: auditHeadSchema,
    },
  });
}
