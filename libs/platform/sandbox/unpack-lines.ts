import { sandboxLayersSchema, sandboxRefusedSchema, type SandboxLayers } from '@lib/contract';
import { z } from 'zod';
import { judgeLock, type StandingWalls } from './judge-lock.ts';
import type { MessageSchema } from './sandbox.ts';
import type { LineMeaning, LineReader } from './supervise-process.ts';

const lockedSchema = z.object({ type: z.literal('locked'), layers: sandboxLayersSchema });
const endSchema = z.object({ type: z.literal('end') });

/** A reader, and the walls as the other side has found them. */
export type UnpackLines<M> = {
  readonly readerFor: (walls: StandingWalls) => LineReader<M>;
  readonly layers: () => SandboxLayers | undefined;
};

/**
 * Reads the frame that every program behind the walls keeps, around messages of any schema: `refused`, or `locked` first and once, then
 * messages, then `end` and nothing after it. Trusts nothing that it reads.
 */
export function unpackLines<M>(schema: MessageSchema<M>): UnpackLines<M> {
  let layers: SandboxLayers | undefined;
  let ended = false;
  const broken = (why: string) => ({ kind: 'broken', why }) as const;
  const open = (value: unknown, walls: StandingWalls): LineMeaning<M> => {
    const refused = sandboxRefusedSchema.safeParse(value);
    if (refused.success) return { kind: 'refused', missing: refused.data.missing };
    const locked = lockedSchema.safeParse(value);
    if (!locked.success) return broken('a message before the lock');
    const judged = judgeLock(locked.data.layers, walls, 'unpacker');
    if (judged.missing.length > 0) return { kind: 'refused', missing: judged.missing };
    layers = judged.layers;
    return { kind: 'frame' };
  };
  const accept = (line: string, walls: StandingWalls): LineMeaning<M> => {
    const value = parseJson(line);
    if (ended) return broken('a line after the end');
    if (layers === undefined) return open(value, walls);
    ended = endSchema.safeParse(value).success;
    if (ended) return { kind: 'frame' };
    const message = schema.safeParse(value);
    return message.success ? { kind: 'message', message: message.data } : broken('a line that fits no message');
  };
  return {
    layers: () => layers,
    readerFor: (walls) => ({ hasLocked: () => layers !== undefined, hasEnded: () => ended, accept: (line) => accept(line, walls) }),
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
