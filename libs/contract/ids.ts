import { z } from 'zod';

/** Every identifier is a UUID (version 7 where we make it); the brand keeps one kind from being passed for another. */
export const tenantIdSchema = z.uuid().brand<'TenantId'>();
export const repositoryIdSchema = z.uuid().brand<'RepositoryId'>();
export const archiveIdSchema = z.uuid().brand<'ArchiveId'>();
export const scanIdSchema = z.uuid().brand<'ScanId'>();
export const findingIdSchema = z.uuid().brand<'FindingId'>();
export const packIdSchema = z.uuid().brand<'PackId'>();
export const jobIdSchema = z.uuid().brand<'JobId'>();
export const exportIdSchema = z.uuid().brand<'ExportId'>();
export const memberIdSchema = z.uuid().brand<'MemberId'>();
export const sessionIdSchema = z.uuid().brand<'SessionId'>();
export const passkeyIdSchema = z.uuid().brand<'PasskeyId'>();
export const invitationIdSchema = z.uuid().brand<'InvitationId'>();
export const tokenIdSchema = z.uuid().brand<'TokenId'>();
export const alarmIdSchema = z.uuid().brand<'AlarmId'>();
export const eventIdSchema = z.uuid().brand<'EventId'>();
export const witnessIdSchema = z.uuid().brand<'WitnessId'>();
export const findingActIdSchema = z.uuid().brand<'FindingActId'>();
export const sinkIdSchema = z.uuid().brand<'SinkId'>();
export const forgeAppIdSchema = z.uuid().brand<'ForgeAppId'>();
export const installationIdSchema = z.uuid().brand<'InstallationId'>();
export const deliveryIdSchema = z.uuid().brand<'DeliveryId'>();
export const elevationIdSchema = z.uuid().brand<'ElevationId'>();
export const mailIdSchema = z.uuid().brand<'MailId'>();
export const staffIdSchema = z.uuid().brand<'StaffId'>();
export const suppressionIdSchema = z.uuid().brand<'SuppressionId'>();

export type TenantId = z.infer<typeof tenantIdSchema>;
export type RepositoryId = z.infer<typeof repositoryIdSchema>;
export type ArchiveId = z.infer<typeof archiveIdSchema>;
export type ScanId = z.infer<typeof scanIdSchema>;
export type FindingId = z.infer<typeof findingIdSchema>;
export type PackId = z.infer<typeof packIdSchema>;
export type JobId = z.infer<typeof jobIdSchema>;
export type ExportId = z.infer<typeof exportIdSchema>;
export type MemberId = z.infer<typeof memberIdSchema>;
export type SessionId = z.infer<typeof sessionIdSchema>;
export type PasskeyId = z.infer<typeof passkeyIdSchema>;
export type InvitationId = z.infer<typeof invitationIdSchema>;
export type TokenId = z.infer<typeof tokenIdSchema>;
export type AlarmId = z.infer<typeof alarmIdSchema>;
export type EventId = z.infer<typeof eventIdSchema>;
export type WitnessId = z.infer<typeof witnessIdSchema>;
export type FindingActId = z.infer<typeof findingActIdSchema>;
export type SinkId = z.infer<typeof sinkIdSchema>;
export type ForgeAppId = z.infer<typeof forgeAppIdSchema>;
export type InstallationId = z.infer<typeof installationIdSchema>;
export type DeliveryId = z.infer<typeof deliveryIdSchema>;
export type ElevationId = z.infer<typeof elevationIdSchema>;
export type MailId = z.infer<typeof mailIdSchema>;
export type StaffId = z.infer<typeof staffIdSchema>;
export type SuppressionId = z.infer<typeof suppressionIdSchema>;

/** Lower-case hexadecimal SHA-256. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/u);
