import { createHash } from 'node:crypto';
import { limits } from '@lib/contract';
import { canonicalJson, unreachable } from '@lib/kernel';
import { z } from 'zod';
import type { AnswerSlot, Caller, RawBody } from './call.ts';
import type { CompiledRoute } from './compile-route.ts';
import type { Exchange } from './exchange.ts';
import type { Door, KeptAnswer } from './door.ts';
import { sendAnswer } from './send-answer.ts';
import { stripAnswer } from './strip-answer.ts';
import { RefusedCall } from './to-problem.ts';

/** A POST that must take effect once. */
export type OneTimeCall = {
  readonly compiled: CompiledRoute;
  readonly exchange: Exchange;
  readonly caller: Caller;
  readonly raw: RawBody | undefined;
  readonly key: string | readonly string[];
  readonly run: (slot: AnswerSlot) => Promise<unknown>;
};

/**
 * Runs a POST under its `Idempotency-Key`, or replays the answer that the same request got before.
 * Errors: `http.idempotency_key_invalid`, `_key_reused`, `_in_progress`, `_not_replayable`, `http.content_digest_needed`. Source: the IETF draft idempotency-key-header.
 */
export async function answerOnce(door: Door, once: OneTimeCall): Promise<void> {
  const { compiled, exchange, caller } = once;
  const operation = compiled.route.operationId;
  const reservation = await door.answers.reserve(caller, { key: keyOf(once.key), operation, requestSha256: digestOf(once) });
  switch (reservation.state) {
    case 'in_progress':
      throw new RefusedCall('http.idempotency_in_progress');
    case 'reused':
      throw new RefusedCall('http.idempotency_key_reused');
    case 'answered':
      sendAgain(compiled, exchange, reservation.answer);
      return;
    case 'reserved': {
      const value = await runOrRelease(door, once, reservation.slot);
      const body = compiled.route.holdsSecret === true || value === undefined ? null : JSON.stringify(value);
      await door.answers.finish(caller, reservation.slot, { status: compiled.status, body });
      sendAnswer(compiled, exchange.reply, value);
      return;
    }
    default:
      unreachable(reservation);
  }
}

async function runOrRelease(door: Door, { compiled, caller, run }: OneTimeCall, slot: AnswerSlot): Promise<unknown> {
  try {
    return stripAnswer(compiled, await run(slot));
  } catch (error) {
    // If this fails too, the reservation lapses by itself; the first error is the one to tell.
    await door.answers.release(caller, slot).catch(() => undefined);
    throw error;
  }
}

function sendAgain(compiled: CompiledRoute, { reply }: Exchange, answer: KeptAnswer): void {
  if (compiled.schema !== undefined && answer.body === null) throw new RefusedCall('http.idempotency_not_replayable');
  void reply.header('idempotency-replayed', 'true');
  sendAnswer(compiled, reply, answer.body === null ? undefined : stripAnswer(compiled, JSON.parse(answer.body)));
}

const printable = /^[\x21-\x7e]+$/u;

function keyOf(given: string | readonly string[]): string {
  if (typeof given === 'string' && given.length <= limits.idempotencyKeyCharsMax && printable.test(given)) return given;
  throw new RefusedCall('http.idempotency_key_invalid');
}

/** What makes two requests the same: where they went and what they said, however it was spelt. */
function digestOf({ compiled, exchange, raw }: OneTimeCall): string {
  // bytes are told apart by their digest, which must be known before they are read
  if (raw !== undefined && raw.sha256 === undefined) throw new RefusedCall('http.content_digest_needed');
  const { params, query, body } = exchange.request;
  const said = z.json().parse({ params, query, body: raw?.sha256 ?? body ?? null });
  return createHash('sha256')
    .update(canonicalJson({ operation: compiled.route.operationId, said }))
    .digest('hex');
}
