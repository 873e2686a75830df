import { sandboxLayersSchema, sandboxRefusedSchema, type SandboxLayers } from '@lib/contract';
import { z } from 'zod';
import type { MessageSchema } from './sandbox.ts';
import type { LineReader } from './supervise-process.ts';

const lockedSchema = z.object({ type: z.literal('locked'), layers: sandboxLayersSchema });
const endSchema = z.object({ type: z.literal('end') });

/** A reader that also knows the walls as the other side has found them. */
export type UnpackReader<M> = LineReader<M> & { readonly layers: () => SandboxLayers | undefined };

/**
 * Reads the frame that every program behind the walls keeps, around messages of any schema: `refused`, or `locked` first and once, then
 * messages, then `end` and nothing after it. Trusts nothing that it reads.
 */
export function unpackLines<M>(schema: MessageSchema<M>): UnpackReader<M> {
  let layers: SandboxLayers | undefined;
  let ended = false;
  const broken = (why: string) => ({ kind: 'broken', why }) as const;
  return {
    layers: () => layers,
    hasLocked: () => layers !== undefined,
    hasEnded: () => ended,
    accept: (line) => {
      const value = parseJson(line);
      if (ended) return broken('a line after the end');
      if (layers === undefined) {
        const refused = sandboxRefusedSchema.safeParse(value);
        if (refused.success) return { kind: 'refused', missing: refused.data.missing };
        const locked = lockedSchema.safeParse(value);
        if (!locked.success) return broken('a message before the lock');
        layers = locked.data.layers;
        return { kind: 'frame' };
      }
      if (endSchema.safeParse(value).success) {
        ended = true;
        return { kind: 'frame' };
      }
      const message = schema.safeParse(value);
      return message.success ? { kind: 'message', message: message.data } : broken('a line that fits no message');
    },
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
