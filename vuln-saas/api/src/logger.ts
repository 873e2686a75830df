import pino from 'pino';

/** JSON lines: field values are escaped by the serialiser. */
export const logger = pino({ level: process.env['LOG_LEVEL'] ?? 'info' });
