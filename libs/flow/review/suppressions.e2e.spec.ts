import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  claimSchema,
  findingDetailSchema,
  findingIdSchema,
  limits,
  listFindingActs,
  signedSuppressionSchema,
  suppressionSchema,
  type Claim,
  type FindingId,
} from '@lib/contract';
import { checkKeptProof } from '@lib/guard/presence';
import { systemClock } from '@lib/platform/clock';
import { testApi, type TestApi } from '../../../tools/testing/api.ts';
import { signed, site } from '../../../tools/testing/plant-passkey.ts';
import { plantMember } from '../../../tools/testing/plant-member.ts';
import { plantFindings, plantRepository, plantScan } from '../../../tools/testing/plant.ts';
import { draft, plantSigner, sign, suppress, wishAbout, type Signer } from './suppress.spec-support.ts';
import { absentFinding, plantInStates, stateOf } from './triage.spec-support.ts';

let api: TestApi;
let signer: Signer;
let aheadMs = 0;
beforeAll(async () => {
  const clock = { nowMs: () => systemClock.nowMs() + aheadMs };
  api = await testApi({ publicOrigin: site.origin, trustedProxies: 1, clock });
  signer = await plantSigner(api);
});
afterAll(() => api.close());

// each attempt comes from elsewhere: failed ones are counted by address
let strangers = 0;
const elsewhere = () => ({ 'x-forwarded-for': `203.0.113.${String(++strangers)}` });
const idOf = (id: string | undefined): FindingId => findingIdSchema.parse(id);
const headersOf = ({ member }: Signer) => ({ ...member.headers, origin: site.origin });
const one = async (state = 'open'): Promise<FindingId> => {
  const [id] = await plantInStates(api, api.acme, [state]);
  if (id === undefined) throw new Error('planted');
  return id;
};
const asked = (wish: unknown, how: object = { headers: headersOf(signer) }) =>
  api.ask('POST', '/v1/suppressions/draft', { ...how, body: wish });
const end = (id: string, token: string | undefined = api.acme.write) => api.ask('POST', `/v1/suppressions/${id}/end`, { token });
const detailOf = async (id: string) =>
  findingDetailSchema.parse((await api.ask('GET', `/v1/findings/${id}`, { token: api.acme.read })).json);
const shown = (id: string) => api.ask('GET', `/v1/suppressions/${id}`, { token: api.acme.read });

/** Three findings of one rule below `src`, one beside it, one of another rule. */
async function plantRule() {
  const repositoryId = await plantRepository(api, api.acme, crypto.randomUUID());
  const scanId = await plantScan(api, api.acme, { repositoryId, state: 'succeeded' });
  const of = { repositoryId, scanId, ruleId: 'js/redos' };
  return plantFindings(api, api.acme, [
    { ...of, path: 'src/a.js' },
    { ...of, path: 'src/b/c.js' },
    { ...of, path: 'src' },
    { ...of, path: 'srcs/a.js' },
    { ...of, path: 'src/a.js', ruleId: 'js/sql-injection' },
  ]);
}

/** A finding about a dependency in a repository of its own. */
async function plantAdvisory(advisoryIds: readonly string[], tenant = api.acme): Promise<FindingId> {
  const repositoryId = await plantRepository(api, tenant, crypto.randomUUID());
  const scanId = await plantScan(api, tenant, { repositoryId, state: 'succeeded' });
  const [id] = await plantFindings(api, tenant, [
    { repositoryId, scanId, path: 'package-lock.json', ruleId: 'sca/vulnerable', advisoryIds },
  ]);
  if (id === undefined) throw new Error('planted');
  return id;
}

describe('draftSuppression', () => {
  test('200_lists_each_finding_with_what_was_found_and_its_proof_and_changes_nothing', async () => {
    const id = await one();
    const { findings, count, scope } = claimSchema.parse((await asked(wishAbout([id]))).json);
    const { evidence, title } = await detailOf(id);
    expect([count, scope, findings]).toMatchObject([1, { kind: 'finding' }, [{ id, title, evidenceSha256: evidence.sha256 }]]);
    expect(await stateOf(api, id)).toBe('open');
    const events = await api.audit(api.acme.id, 'suppression.drafted');
    expect(events.some((event) => event.targets.some((target) => target.id === id))).toBe(true);
  });

  test('200_a_rule_in_a_folder_takes_in_what_lies_below_it_and_nothing_beside_it', async () => {
    const [seed, below, file] = await plantRule();
    const wish = wishAbout([idOf(seed)], { scope: { kind: 'rule', path: 'src' } });
    const { findings } = claimSchema.parse((await asked(wish)).json);
    expect(findings.map(({ id }) => id).toSorted()).toEqual([seed, below, file].map(String).toSorted());
  });

  test('200_an_advisory_takes_in_every_name_of_it_in_all_repositories_and_no_package_with_one_more', async () => {
    const [cve, ghsa] = [`CVE-${crypto.randomUUID()}`, `GHSA-${crypto.randomUUID()}`];
    const [seed, alias, more] = [await plantAdvisory([cve, ghsa]), await plantAdvisory([ghsa]), await plantAdvisory([cve, 'CVE-other'])];
    await plantAdvisory([cve], api.other);
    const { findings } = claimSchema.parse((await asked(wishAbout([seed], { scope: { kind: 'advisory' } }))).json);
    expect(findings.map(({ id }) => id).toSorted()).toEqual([seed, alias].toSorted());
    expect(findings.map(({ id }) => id)).not.toContain(more);
  });

  test('400_for_a_reason_that_is_none_and_a_scope_that_does_not_fit', async () => {
    const id = await one();
    for (const change of [
      { reason: 'too short' },
      { reason: ' '.repeat(20) },
      { findingIds: [] },
      { decision: 'fixed' },
      { expiresAt: 'never' },
    ])
      expect((await asked({ ...wishAbout([id]), ...change })).code, JSON.stringify(change)).toBe('http.request_invalid');
    expect((await asked(wishAbout([id], { scope: { kind: 'advisory' } }))).code).toBe('suppression.scope_unfit');
    expect((await asked(wishAbout([id], { scope: { kind: 'rule', path: 'elsewhere' } }))).code).toBe('suppression.scope_unfit');
    expect((await asked(wishAbout([id], { justification: 'component_not_present' }))).code).toBe('suppression.scope_unfit');
  });

  test('401_without_a_live_credential', async () => {
    expect((await asked(wishAbout([idOf(absentFinding)]), {})).code).toBe('identity.unauthenticated');
  });

  test('403_for_a_credential_that_may_only_read', async () => {
    expect((await asked(wishAbout([await one()]), { token: api.acme.read })).status).toBe(403);
  });

  test('other_tenants_finding_answers_404_as_an_absent_one', async () => {
    const [theirs] = await plantInStates(api, api.other, ['open']);
    const codes = [];
    for (const id of [theirs, absentFinding]) codes.push((await asked(wishAbout([idOf(id)]))).code);
    expect(codes).toEqual(['finding.not_found', 'finding.not_found']);
  });

  test('409_for_a_fixed_a_proposed_one_one_that_no_scan_of_this_version_has_seen_and_more_than_can_be_looked_at', async () => {
    expect((await asked(wishAbout([await one('fixed')]))).code).toBe('finding.fixed');
    expect((await asked(wishAbout([await one('proposed')]))).code).toBe('finding.proposed');
    const old = await one();
    await api.database.admin('update app.finding set content_sha256 = null where id = $1', [old]);
    expect((await asked(wishAbout([old]))).code).toBe('suppression.scan_first');
    const [seed] = await plantRule();
    await api.database.admin(
      `insert into app.finding (tenant_id, id, repository_id, fingerprint, analyzer, rule_id, rule_version, severity, confidence, score, title, path,
         start_line, detail, first_scan_id, last_scan_id)
       select tenant_id, gen_random_uuid(), repository_id, sha256(n::text::bytea), analyzer, rule_id, rule_version, 3, 2, 50, 't', 'src/' || n, 1,
         detail, first_scan_id, last_scan_id from app.finding, generate_series(1, $2) n where id = $1`,
      [seed, limits.findingsPerDecisionMax],
    );
    expect((await asked(wishAbout([idOf(seed)], { scope: { kind: 'rule', path: 'src' } }))).code).toBe('suppression.too_many');
  });
});

describe('signSuppression', () => {
  test('201_the_claim_its_signature_the_state_the_history_and_the_event_are_one_transaction', async () => {
    const id = await one();
    const claim = await suppress(signer, wishAbout([id], { decision: 'false_positive' }));
    expect(claim).toMatchObject({ decision: 'false_positive', standing: 'live', covers: 1, signedBy: { memberId: signer.member.id } });
    const detail = await detailOf(id);
    expect([detail.state, detail.suppression]).toMatchObject(['false_positive', { id: claim.id, reason: claim.reason }]);
    const history = await api.ask('GET', `/v1/findings/${id}/history`, { token: api.acme.read });
    expect(listFindingActs.answers[200].schema.parse(history.json).items[0]).toMatchObject({
      fromState: 'open',
      toState: 'false_positive',
      comment: claim.reason,
      actor: { type: 'member', id: signer.member.id },
    });
    const { signature } = signedSuppressionSchema.parse((await shown(claim.id)).json);
    const [event] = (await api.audit(api.acme.id, 'suppression.signed')).filter((said) => said.targets[0]?.id === claim.id);
    const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');
    expect(event?.detail).toMatchObject({
      actionSha256: sha256(signature.action),
      passkeySha256: sha256(Buffer.from(signature.publicKey, 'base64url')),
    });
    expect(JSON.stringify(event)).not.toContain(claim.reason);
    const [job] = await api.database.admin(
      `select not_before as due_at from app.job where kind = 'suppression.expire' and payload ->> 'suppressionId' = $1`,
      [claim.id],
    );
    expect(new Date(String(job?.['due_at'])).toISOString()).toBe(claim.expiresAt);
  });

  test('201_the_kept_signature_can_be_checked_with_nothing_but_what_was_kept_and_not_for_other_bytes', async () => {
    const claim = await suppress(signer, wishAbout([await one()]));
    const { signature } = signedSuppressionSchema.parse((await shown(claim.id)).json);
    const publicKey = Buffer.from(signature.publicKey, 'base64url');
    const byOther = await suppress(await plantSigner(api), wishAbout([await one()]));
    const otherKey = signedSuppressionSchema.parse((await shown(byOther.id)).json).signature.publicKey;
    const proof = { ...signature, response: signature.assertion, publicKey };
    expect(await checkKeptProof(proof)).toMatchObject({ ok: true, value: { memberId: signer.member.id, body: { reason: claim.reason } } });
    for (const other of [
      { ...proof, action: proof.action.replace('accepted_risk', 'accepted_risc') },
      { ...proof, rpId: 'evil.test' },
      { ...proof, origin: 'https://evil.test' },
      { ...proof, publicKey: Buffer.from(otherKey, 'base64url') },
    ])
      expect((await checkKeptProof(other)).ok).toBe(false);
  });

  test('201_one_signature_over_a_list_and_every_finding_of_it_is_in_an_event', async () => {
    const ids = await plantInStates(
      api,
      api.acme,
      Array.from({ length: 25 }, () => 'open'),
    );
    const claim = await suppress(signer, wishAbout(ids));
    expect(claim.covers).toBe(25);
    const events = (await api.audit(api.acme.id, 'suppression.signed')).filter((said) => said.targets[0]?.id === claim.id);
    expect(events.flatMap((event) => event.targets.slice(1).map((target) => target.id)).toSorted()).toEqual(ids.toSorted());
  });

  test('201_a_new_claim_takes_the_place_of_the_one_before', async () => {
    const id = await one();
    const first = await suppress(signer, wishAbout([id]));
    const second = await suppress(signer, wishAbout([id], { decision: 'false_positive' }));
    expect((await detailOf(id)).suppression?.id).toBe(second.id);
    expect(suppressionSchema.parse((await shown(first.id)).json).standing).toBe('dead');
  });

  test('400_for_a_date_that_has_passed_or_is_too_far_a_short_reason_and_a_list_that_is_too_long', async () => {
    const claim = await draft(signer, wishAbout([await one()]));
    for (const ms of [-1_000, 5_000, limits.suppressionMsMax + 60_000])
      expect((await sign(signer, { ...claim, expiresAt: new Date(Date.now() + ms).toISOString() })).code).toBe(
        'suppression.expiry_invalid',
      );
    const long = Array.from({ length: limits.findingsPerDecisionMax + 1 }, () => claim.findings[0]);
    for (const change of [{ reason: 'too short' }, { findings: [] }, { findings: long, count: long.length }, { expiresAt: undefined }])
      expect((await sign(signer, { ...claim, ...change })).code).toBe('http.request_invalid');
    expect((await sign(signer, { ...claim, justification: 'component_not_present' })).code).toBe('suppression.scope_unfit');
  });

  test('401_for_one_changed_byte_anywhere_in_what_was_signed', async () => {
    const id = await one();
    const claim = await draft(signer, wishAbout([id]));
    const [finding] = claim.findings;
    if (finding === undefined) throw new Error('drafted');
    const other = (text: string): string => (text.startsWith('a') ? 'b' : 'a') + text.slice(1);
    const changed: Claim[] = [
      { ...claim, decision: 'false_positive' },
      { ...claim, reason: `${claim.reason}.` },
      { ...claim, expiresAt: new Date(Date.parse(claim.expiresAt) + 1).toISOString() },
      { ...claim, justification: 'component_not_present' },
      { ...claim, count: 2 },
      { ...claim, scope: { kind: 'advisory', advisoryIds: ['CVE-1'], ruleId: 'r', ruleVersion: 1 } },
      ...Object.entries(finding).map(([name, value]) => ({
        ...claim,
        findings: [
          { ...finding, [name]: name === 'id' ? absentFinding : typeof value === 'number' ? value + 1 : other(value) },
        ] as Claim['findings'],
      })),
    ];
    for (const sent of changed) {
      const answer = await sign(signer, claim, { sent, extra: elsewhere() });
      expect([answer.status, answer.code], JSON.stringify(sent)).toEqual([401, 'presence.challenge_invalid']);
    }
    expect(await stateOf(api, id)).toBe('open');
  });

  test('401_for_a_replay_an_answer_that_comes_too_late_and_the_answer_of_another_person', async () => {
    const id = await one();
    const claim = await draft(signer, wishAbout([id]));
    const say = (headers: Record<string, string>) =>
      api.ask('POST', '/v1/suppressions', { headers: { ...headers, ...elsewhere() }, body: claim });
    const late = await signed(api, signer, { operationId: 'signSuppression', body: claim });
    aheadMs = limits.presenceMs + 1;
    expect((await say(late)).code).toBe('presence.challenge_invalid');
    aheadMs = 0;
    const other = await plantSigner(api);
    const theirs = await signed(api, other, { operationId: 'signSuppression', body: claim });
    const stolen = { ...headersOf(signer), 'x-aegis-presence': theirs['x-aegis-presence'] ?? '' };
    expect((await say(stolen)).code).toBe('presence.challenge_invalid');
    const withTheirKey = await signed(
      api,
      { member: signer.member, passkey: other.passkey },
      { operationId: 'signSuppression', body: claim },
    );
    expect((await say(withTheirKey)).code).toBe('presence.passkey_refused');
    expect(await stateOf(api, id)).toBe('open');
    const once = await signed(api, signer, { operationId: 'signSuppression', body: claim });
    expect((await say(once)).status).toBe(201);
    expect((await say(once)).code).toBe('presence.challenge_invalid');
  });

  test('401_for_a_person_who_was_not_verified_and_another_site', async () => {
    const claim = await draft(signer, wishAbout([await one()]));
    for (const change of [{ userVerified: false }, { userPresent: false }, { origin: 'https://evil.test' }, { rpId: 'evil.test' }])
      expect((await sign(signer, claim, { change, extra: elsewhere() })).code, JSON.stringify(change)).toBe('presence.passkey_refused');
  });

  test('403_for_a_token_whatever_its_scope_a_session_without_a_signature_and_a_role_that_does_not_judge', async () => {
    const id = await one();
    const claim = await draft(signer, wishAbout([id]));
    const say = (how: object) => api.ask('POST', '/v1/suppressions', { ...how, body: claim });
    expect((await say({ token: api.acme.admin })).code).toBe('presence.person_needed');
    expect((await say({ headers: headersOf(signer) })).code).toBe('presence.needed');
    const keyless = await plantMember(api, api.acme, 'owner');
    expect((await say({ headers: { ...keyless.headers, origin: site.origin } })).code).toBe('presence.person_needed');
    const developer = await plantMember(api, api.acme, 'developer');
    expect((await say({ headers: { ...developer.headers, origin: site.origin } })).code).toBe('identity.role_forbids');
    expect(await stateOf(api, id)).toBe('open');
  });

  test('other_tenants_finding_answers_404_and_stays_as_it_is', async () => {
    const theirs = await plantSigner(api, api.other);
    const [id] = await plantInStates(api, api.other, ['open']);
    const claim = await draft(theirs, wishAbout([idOf(id)]));
    expect((await sign(signer, claim)).code).toBe('finding.not_found');
    expect(await stateOf(api, String(id))).toBe('open');
  });

  test('409_when_a_finding_is_not_as_it_was_shown_or_the_scope_takes_in_another_one', async () => {
    const id = await one();
    const claim = await draft(signer, wishAbout([id]));
    await api.database.admin(`update app.finding set content_sha256 = sha256('other code') where id = $1`, [id]);
    expect((await sign(signer, claim)).code).toBe('suppression.finding_changed');
    const [seed, below] = await plantRule();
    const wide = await draft(signer, wishAbout([idOf(seed)], { scope: { kind: 'rule', path: 'src' } }));
    await api.database.admin(`update app.finding set state = 'fixed' where id = $1`, [below]);
    expect((await sign(signer, wide)).code).toBe('finding.fixed');
    const narrow = { ...wide, findings: wide.findings.slice(0, 1), count: 1 };
    await api.database.admin(`update app.finding set state = 'open' where id = $1`, [below]);
    expect((await sign(signer, narrow)).code).toBe('suppression.finding_changed');
    expect(await stateOf(api, String(seed))).toBe('open');
  });

  test('409_when_the_number_is_not_that_of_the_findings_and_for_what_is_fixed_or_proposed', async () => {
    const id = await one();
    const claim = await draft(signer, wishAbout([id]));
    expect((await sign(signer, { ...claim, count: 2 })).code).toBe('finding.count_differs');
    const twice = { ...claim, findings: [...claim.findings, ...claim.findings], count: 2 };
    expect((await sign(signer, twice)).code).toBe('finding.count_differs');
    for (const state of ['fixed', 'proposed']) {
      await api.database.admin('update app.finding set state = $2 where id = $1', [id, state]);
      expect((await sign(signer, claim)).code).toBe(`finding.${state}`);
    }
  });

  test('409_what_is_kept_quiet_is_decided_by_nobody_until_the_claim_ends', async () => {
    const id = await one();
    await suppress(signer, wishAbout([id]));
    const decided = await api.ask('POST', `/v1/findings/${id}/decision`, { token: api.acme.admin, body: { state: 'open' } });
    expect([decided.status, decided.code]).toEqual([409, 'finding.suppressed']);
    expect(await stateOf(api, id)).toBe('accepted_risk');
  });
});

describe('a claim whose date has come', () => {
  test('is_over_for_every_reader_at_that_instant_whether_or_not_it_was_swept', async () => {
    const id = await one();
    const { id: claim } = await suppress(signer, wishAbout([id]));
    await api.database.admin(
      `update app.suppression set signed_at = now() - interval '2 days', expires_at = now() - interval '1 day' where id = $1`,
      [claim],
    );
    await api.database.admin(`update app.finding set suppressed_until = now() - interval '1 day' where id = $1`, [id]);
    expect(await stateOf(api, id)).toBe('accepted_risk');
    const detail = await detailOf(id);
    expect([detail.state, detail.suppression]).toEqual(['reopened', null]);
    const listed = await api.ask('GET', `/v1/findings?state=accepted_risk&repositoryId=${detail.repositoryId}`, { token: api.acme.read });
    expect(listed.json).toMatchObject({ total: 0 });
    expect(suppressionSchema.parse((await shown(claim)).json)).toMatchObject({ standing: 'over', covers: 0 });
    expect((await end(claim)).code).toBe('suppression.over');
    const decided = await api.ask('POST', `/v1/findings/${id}/decision`, { token: api.acme.write, body: { state: 'confirmed' } });
    expect([decided.status, await stateOf(api, id)]).toEqual([200, 'confirmed']);
  });
});
