import { z } from 'zod';

const address = z.url({ protocol: /^https$/u }).max(500);
/** Roots in PEM that the place's certificate is checked against instead of the public ones. */
const ca = z.string().max(20_000).optional();

/**
 * A place of the customer's that the log is streamed to. `webhook`: HTTPS, signed as Standard Webhooks says; `splunk`: an HTTP event
 * collector; `syslog`: RFC 5424 over TLS (RFC 5425); `s3`: a bucket that lets our own identity put under `aegis-audit/<tenant>/`.
 */
export const sinkTargetSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('webhook'), url: address, ca }),
  z.strictObject({ kind: z.literal('splunk'), url: address, ca }),
  z.strictObject({
    kind: z.literal('syslog'),
    host: z
      .string()
      .max(253)
      .regex(/^[A-Za-z0-9][A-Za-z0-9.:-]*$/u),
    port: z.int().min(1).max(65_535).default(6514),
    ca,
  }),
  z.strictObject({
    kind: z.literal('s3'),
    bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/u),
    region: z.string().regex(/^[a-z]{2}(?:-[a-z]+){1,3}-\d$/u),
  }),
]);
export type SinkTarget = z.infer<typeof sinkTargetSchema>;
