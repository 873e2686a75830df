import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import webhooks from '@octokit/webhooks-examples';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forgeAppIdSchema, limits } from '@lib/contract';
import { hashSecret, makeSecret } from '@lib/platform/http';
import { testApi, type Answer, type TestApi } from '../../../../tools/testing/api.ts';
import { plantForgeApp } from '../../../../tools/testing/plant-forge.ts';

let api: TestApi;
let hook: string;
let appId: string;
const secrets = [randomBytes(20).toString('hex'), randomBytes(20).toString('hex')] as const;
beforeAll(async () => {
  api = await testApi();
  ({ hook, appId } = await plantForgeApp(api, api.acme, { secrets }));
});
afterAll(() => api.close());

type Sent = {
  readonly event?: string;
  readonly guid?: string;
  readonly secret?: string;
  readonly signature?: string | undefined;
  readonly to?: string;
  readonly mediaType?: string;
};
const sign = (body: Uint8Array, secret: string): string => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
function deliver(body: string | Buffer, sent: Sent = {}): Promise<Answer> {
  const raw = new Uint8Array(Buffer.from(body));
  const signature = 'signature' in sent ? sent.signature : sign(raw, sent.secret ?? secrets[0]);
  return api.ask('POST', `/v1/forge/hooks/${sent.to ?? hook}`, {
    raw,
    headers: {
      'content-type': sent.mediaType ?? 'application/json',
      'x-github-event': sent.event ?? 'push',
      'x-github-delivery': sent.guid ?? randomUUID(),
      ...(signature === undefined ? {} : { 'x-hub-signature-256': signature }),
    },
  });
}
const push = JSON.stringify({
  ref: 'refs/heads/main',
  deleted: false,
  installation: { id: 7 },
  repository: { id: 9, private_text: 'theirs' },
});
const rows = (guid: string) =>
  api.database.admin(
    `select d.event, d.facts, (select count(*)::int from app.job j where j.payload ->> 'deliveryId' = d.id::text and j.kind = 'forge.handle') as jobs
     from app.forge_delivery d where d.guid = $1`,
    [guid],
  );
const taken = async (): Promise<number> =>
  Number((await api.database.admin('select count(*)::int as n from app.forge_delivery'))[0]?.['n']);

describe('receiveDelivery', () => {
  test('202_writes_what_was_seen_and_what_is_to_be_done_together_and_keeps_no_text_of_theirs', async () => {
    const guid = randomUUID();
    expect((await deliver(push, { guid })).status).toBe(202);
    expect(await rows(guid)).toEqual([{ event: 'push', facts: { installation: 7, repository: 9, ref: 'refs/heads/main' }, jobs: 1 }]);
  });

  test('202_a_hundred_times_the_same_at_once_is_one_row_and_one_job', async () => {
    const guid = randomUUID();
    const answers = await Promise.all(Array.from({ length: 100 }, () => deliver(push, { guid })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await rows(guid)).toMatchObject([{ jobs: 1 }]);
  });

  test('202_either_of_two_live_secrets_opens_and_a_third_does_not', async () => {
    expect((await deliver(push, { secret: secrets[1] })).status).toBe(202);
    expect((await deliver(push, { secret: 'another secret altogether' })).status).toBe(401);
  });

  test('202_an_event_of_no_interest_is_taken_and_leaves_nothing', async () => {
    const before = await taken();
    expect((await deliver('{"action":"created","installation":{"id":7}}', { event: 'star' })).status).toBe(202);
    expect(
      (await deliver(JSON.stringify({ ref: 'refs/heads/main', deleted: true, installation: { id: 7 }, repository: { id: 9 } }))).status,
    ).toBe(202);
    expect(await taken()).toBe(before);
  });

  test.each([
    ['a changed byte', push.replace('main', 'mbin'), sign(Buffer.from(push), secrets[0])],
    ['no signature', push, undefined],
    ['the old algorithm', push, `sha1=${createHmac('sha1', secrets[0]).update(push).digest('hex')}`],
    ['the same JSON written otherwise', JSON.stringify(JSON.parse(push), null, 1), sign(Buffer.from(push), secrets[0])],
    ['a signature cut short', push, sign(Buffer.from(push), secrets[0]).slice(0, -2)],
    ['an empty signature', push, 'sha256='],
  ])('401_for_%s_and_nothing_is_parsed_or_written', async (_, body, signature) => {
    const before = await taken();
    const answer = await deliver(body, { signature });
    expect([answer.status, answer.code]).toEqual([401, 'forge.signature_invalid']);
    expect((await deliver('{ not json', { signature })).status).toBe(401);
    expect(await taken()).toBe(before);
  });

  test('401_without_a_signature_however_the_bytes_are', async () => {
    for (const body of [push, '{ not json', '']) expect((await deliver(body, { signature: undefined })).status).toBe(401);
  });

  test('400_for_signed_bytes_that_are_no_json_or_not_what_the_forge_describes', async () => {
    expect((await deliver('{ not json')).code).toBe('http.body_not_json');
    expect((await deliver('{"installation":{"id":"7"},"repository":{"id":9},"ref":"x"}')).code).toBe('forge.delivery_invalid');
    expect((await deliver(push, { event: 'no event!' })).code).toBe('http.request_invalid');
  });

  test('404_for_an_address_that_is_nobodys', async () => {
    expect((await deliver(push, { to: makeSecret() })).code).toBe('forge.hook_unknown');
  });

  test('404_for_another_apps_address_a_delivery_does_not_pass_with_our_secret', async () => {
    const theirs = await plantForgeApp(api, api.other, { secrets: ['a secret of theirs alone'] });
    expect((await deliver(push, { to: theirs.hook })).status).toBe(401);
    expect((await deliver(push, { to: Buffer.from(hashSecret(hook)).toString('base64url') })).status).toBe(404);
  });

  test('413_for_more_than_the_forge_ever_sends', async () => {
    expect((await deliver(Buffer.alloc(limits.forgeDeliveryBytesMax + 1, 32))).status).toBe(413);
  });

  test('415_for_a_form', async () => {
    expect((await deliver(push, { mediaType: 'application/x-www-form-urlencoded' })).status).toBe(415);
    expect((await deliver(push, { mediaType: 'application/x-unread-json' })).status).toBe(202); // names the same thing
  });
});

describe('every example payload that GitHub publishes', () => {
  const examples = webhooks.flatMap(({ name, examples: all }) => all.map((payload) => ({ name, body: JSON.stringify(payload) })));

  test('whole_is_taken_truncated_is_refused_doubled_does_nothing_and_a_flipped_byte_is_no_signature', async () => {
    expect(examples.length).toBeGreaterThan(150);
    expect(new Set(examples.map(({ name }) => name)).size).toBeGreaterThan(50);
    for (const [index, { name, body }] of examples.entries()) {
      const guid = randomUUID();
      expect([name, (await deliver(body, { event: name, guid })).status]).toEqual([name, 202]);
      const after = await taken();
      expect((await deliver(body, { event: name, guid })).status).toBe(202);
      const cut = body.slice(0, Math.floor((body.length * ((index % 9) + 1)) / 10));
      expect([name, (await deliver(cut, { event: name })).status]).toEqual([name, 400]);
      const flipped = Buffer.from(body);
      const at = (index * 7919) % flipped.byteLength;
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
      expect([name, (await deliver(flipped, { event: name, signature: sign(Buffer.from(body), secrets[0]) })).status]).toEqual([name, 401]);
      expect(await taken()).toBe(after);
    }
  }, 120_000);

  test('is_kept_as_ids_and_names_of_refs_alone', async () => {
    const kept = await api.database.admin('select facts::text as facts from app.forge_delivery where app_id = $1', [
      forgeAppIdSchema.parse(appId),
    ]);
    expect(Math.max(...kept.map(({ facts }) => String(facts).length))).toBeLessThan(300);
  });
});
