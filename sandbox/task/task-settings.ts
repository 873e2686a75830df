import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { presignedUrlSchema } from '@lib/contract';
import { Fault } from '@lib/kernel';

const folderSchema = z.string().refine(isAbsolute, 'needs an absolute path');

/** Where the order lies, which the one who starts the task says; where it may write and what memory there is, which its definition says. */
const taskSettingsSchema = z.object({
  AEGIS_TASK_ORDER_URL: presignedUrlSchema,
  AEGIS_TASK_WORK_DIRECTORY: folderSchema,
  AEGIS_TASK_MEMORY_MIB: z.coerce.number().int().min(1024).max(122_880),
});

/** What one task was started with. Units: MiB. */
export type TaskSettings = { readonly orderUrl: string; readonly workDirectory: string; readonly memoryMib: number };

/** Reads a task's environment, once. Errors: Fault `config.invalid`, naming each setting and never its value. */
export function readTaskSettings(environment: Readonly<Record<string, string | undefined>>): TaskSettings {
  const parsed = taskSettingsSchema.safeParse(environment);
  if (!parsed.success) {
    throw new Fault('config.invalid', { internal: parsed.error.issues.map((issue) => issue.path.join('.')).join(', ') });
  }
  const { AEGIS_TASK_ORDER_URL, AEGIS_TASK_WORK_DIRECTORY, AEGIS_TASK_MEMORY_MIB } = parsed.data;
  return { orderUrl: AEGIS_TASK_ORDER_URL, workDirectory: AEGIS_TASK_WORK_DIRECTORY, memoryMib: AEGIS_TASK_MEMORY_MIB };
}
