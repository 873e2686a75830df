import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimSchema, suppressionSchema } from '@lib/contract';
import { testApi, type TestApi } from '../../../tools/testing/api.ts';
import { commandRunner } from '../../../tools/testing/cli-terminal.ts';
import { addFirstPasskey, atSite, signed, site } from '../../../tools/testing/plant-passkey.ts';
import { plantMember } from '../../../tools/testing/plant-member.ts';
import { plantFindings, plantRepository, plantScan } from '../../../tools/testing/plant.ts';
import { keepApiAddress } from '../api/api-address.ts';
import { runFindingsCommand } from './run-findings-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'aegis-claims-'));
let api: TestApi;
let findings: readonly string[];
let claim: string;
beforeAll(async () => {
  api = await testApi({ publicOrigin: site.origin });
  await keepApiAddress(folder, { base: api.base, token: api.acme.read });
  const repositoryId = await plantRepository(api, api.acme, 'shop');
  const scanId = await plantScan(api, api.acme, { repositoryId, state: 'succeeded' });
  findings = await plantFindings(api, api.acme, [{ repositoryId, scanId, path: 'a.js' }]);
  claim = await signClaim();
});
afterAll(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

async function signClaim(): Promise<string> {
  const member = await plantMember(api, api.acme, 'owner');
  const passkey = await addFirstPasskey(api, member);
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
  const wish = {
    findingIds: findings,
    decision: 'false_positive',
    reason: 'a generated file of ours',
    expiresAt,
    scope: { kind: 'finding' },
  };
  const drafted = await api.ask('POST', '/v1/suppressions/draft', { headers: atSite(member), body: wish });
  const body = claimSchema.parse(drafted.json);
  const headers = await signed(api, { member, passkey }, { operationId: 'signSuppression', body });
  return suppressionSchema.parse((await api.ask('POST', '/v1/suppressions', { headers, body })).json).id;
}

const aegis = commandRunner(folder);
const verify = (...argv: readonly string[]) => aegis(runFindingsCommand, 'verify-claims', ...argv);
const tampered = async (set: string): Promise<string> => {
  const [before] = await api.database.admin('select * from app.suppression where id = $1', [claim]);
  await api.database.admin(`update app.suppression set ${set} where id = $1`, [claim]);
  const { code, out } = await verify('--format', 'text');
  const { reason, expires_at: expires, assertion, action, action_sha256: digest } = before ?? {};
  await api.database.admin(
    'update app.suppression set reason = $2, expires_at = $3, assertion = $4, action = $5, action_sha256 = $6 where id = $1',
    [claim, reason, expires, JSON.stringify(assertion), action, digest],
  );
  return `${String(code)} ${out}`;
};

describe('aegis findings verify-claims', () => {
  it('every_signature_is_checked_here_and_the_exit_code_says_that_all_hold', async () => {
    const { code, out } = await verify();
    expect([code, JSON.parse(out)]).toMatchObject([0, { failed: 0, claims: [{ id: claim, fault: null, decision: 'false_positive' }] }]);
    expect(await verify('--format', 'text')).toMatchObject({ code: 0, out: '1 claim: every signature holds\n' });
  });

  it.each([
    ['another_reason', `reason = 'a reason that nobody signed'`, 'it does not say what was signed'],
    ['a_later_date', `expires_at = expires_at + interval '1 year'`, 'it does not say what was signed'],
    [
      'another_text',
      `action = replace(action, 'generated', 'Generated'), action_sha256 = sha256(convert_to(replace(action, 'generated', 'Generated'), 'UTF8'))`,
      'the signature does not hold',
    ],
    [
      'another_answer',
      `assertion = jsonb_set(assertion, '{response,signature}', to_jsonb(reverse(assertion #>> '{response,signature}')))`,
      'the signature does not hold',
    ],
  ])('%s_in_the_database_is_told_and_exits_1', async (_name, set, why) => {
    expect(await tampered(set)).toMatch(new RegExp(`^1 FAILED ${claim} by The owner: ${why}`, 'u'));
  });

  it('shows_who_keeps_a_finding_quiet_and_until_when', async () => {
    const { out } = await commandRunner(folder, { isTty: true })(runFindingsCommand, 'show', String(findings[0]));
    expect(out).toContain(`signed by The owner until`);
    expect(out).toContain('a generated file of ours');
  });
});
