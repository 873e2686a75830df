import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { limits } from '@lib/contract';
import { noPass, renewedPass, shortPass } from './renewed-pass.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

describe('renewedPass', () => {
  test('asks_once_while_the_proof_is_young_and_again_when_it_has_aged', async () => {
    const mint = vi.fn(() => Promise.resolve(`p${String(mint.mock.calls.length)}`));
    const pass = renewedPass(mint, 'p0');
    vi.advanceTimersByTime(limits.proofRenewMs - 1);
    expect(pass.proofFor('r')).toBe('p0');
    vi.advanceTimersByTime(1);
    expect(await pass.proofFor('r')).toBe('p1');
    expect(await pass.proofFor('r')).toBe('p1');
    expect(mint).toHaveBeenCalledTimes(1);
  });

  test('what_it_rests_on_has_ended_and_the_proof_is_used_until_it_might_expire_and_no_longer', async () => {
    const pass = shortPass('p0');
    vi.advanceTimersByTime(limits.proofUseMsMax - 1);
    expect(await pass.proofFor('r')).toBe('p0');
    vi.advanceTimersByTime(1);
    await expect(async () => pass.proofFor('r')).rejects.toMatchObject({ code: 'tenancy.pass_ended' });
  });

  test('a_failed_question_is_the_callers_to_know', async () => {
    const pass = renewedPass(() => Promise.reject(new Error('away')));
    await expect(async () => pass.proofFor('r')).rejects.toThrow('away');
  });

  test('the_pass_of_nobody_is_empty', () => {
    expect(noPass.proofFor('aegis_api')).toBe('');
  });
});
