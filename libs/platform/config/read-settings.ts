import { Fault } from '@lib/kernel';
import type { z } from 'zod';
import {
  apiSettingsSchema,
  shredderSettingsSchema,
  staffSettingsSchema,
  workerSettingsSchema,
  type ApiSettings,
  type ShredderSettings,
  type StaffSettings,
  type WorkerSettings,
} from './settings.ts';

/** The process's environment: the one place that reads it. */
export function readEnvironment(): Readonly<Record<string, string | undefined>> {
  return process.env;
}

/** Reads the API's settings, once, at start. Errors: Fault `config.invalid`, naming each setting and never its value. */
export function readApiSettings(environment = readEnvironment()): ApiSettings {
  return read(apiSettingsSchema, environment);
}

/** Reads the worker's settings, once, at start. Errors: Fault `config.invalid`, naming each setting and never its value. */
export function readWorkerSettings(environment = readEnvironment()): WorkerSettings {
  return read(workerSettingsSchema, environment);
}

/** Reads the settings of the program of staff, once, at start. Errors: Fault `config.invalid`, naming each setting and never its value. */
export function readStaffSettings(environment = readEnvironment()): StaffSettings {
  return read(staffSettingsSchema, environment);
}

/** Reads the settings of the program that destroys keys, once, at start. Errors: Fault `config.invalid`, naming each setting and never its value. */
export function readShredderSettings(environment = readEnvironment()): ShredderSettings {
  return read(shredderSettingsSchema, environment);
}

function read<T>(schema: z.ZodType<T>, environment: Readonly<Record<string, string | undefined>>): Readonly<T> {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return Object.freeze(parsed.data);
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new Fault('config.invalid', { internal: wrong, public: `settings: ${wrong}` });
}
