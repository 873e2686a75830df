import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import type { LoginRole } from '@lib/platform/db';
import { z } from 'zod';
import type { DataFolder } from '../up/data-folder.ts';
import { keepProcess } from '../up/keep-process.ts';

/** What the program of staff is started with. */
export type ServePlan = {
  readonly checkout: string;
  readonly data: DataFolder;
  readonly databaseUrl: (role: LoginRole) => string;
  readonly port: number;
  /** Hears the address of the page once it is served. */
  readonly onReady: (address: string) => void;
  readonly stopping: AbortSignal;
};

const readySchema = z.object({ ready: z.literal(true), port: z.int() });

/** Serves the page of staff of a data folder until it is told to stop. Faults: `up.service_failed`. */
export async function serveStaff(plan: ServePlan): Promise<void> {
  const kept = await keepProcess({
    name: 'page of staff',
    script: join(plan.checkout, 'dist/staff.js'),
    environment: environmentOf(plan),
    logFile: join(plan.data.logs, 'staff.log'),
  });
  try {
    // passkeys are for names: the same server, by its name
    plan.onReady(`http://localhost:${String(readySchema.parse(kept.ready).port)}`);
    await untilAborted(plan.stopping);
  } finally {
    await kept.stop();
  }
}

// Built from nothing: it gets two roles of the database and a key of its own, and no key of a tenant.
function environmentOf({ checkout, data, databaseUrl, port }: ServePlan): Readonly<Record<string, string>> {
  return {
    PATH: '/usr/bin:/bin',
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    AEGIS_ENVIRONMENT: 'embedded',
    AEGIS_STAFF_DATABASE_URL: databaseUrl('aegis_staff'),
    AEGIS_IDENTITY_DATABASE_URL: databaseUrl('aegis_identity'),
    AEGIS_STAFF_HTTP_PORT: String(port),
    AEGIS_STAFF_WEB_DIRECTORY: join(checkout, 'dist/staff-web'),
    AEGIS_STAFF_CHALLENGE_KEY: createHmac('sha256', Buffer.from(data.secrets.cursorKey, 'hex')).update('key of staff').digest('hex'),
    AEGIS_SECURE_COOKIES: 'false',
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
}
