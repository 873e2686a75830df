import { createHmac, randomUUID } from 'node:crypto';
import { plantForgeApp } from '../testing/plant-forge.ts';
import type { HttpTarget } from './http-target.ts';
import type { Probe } from './probe.ts';

const installation = 4711;
const push = JSON.stringify({ installation: { id: installation }, repository: { id: 9 }, ref: 'refs/heads/main', deleted: false });

/** Deliveries of a forge: their address is a secret, and who signs them is who they are of. */
export const hookProbes: readonly Probe<HttpTarget>[] = [
  { id: 'P48.signature', what: 'a delivery for another tenant is refused unless that one signed these very bytes', attack: signedByOthers },
  {
    id: 'P48.installation',
    what: `a delivery that names another tenant's installation stays with who signed it`,
    attack: foreignInstallation,
  },
  { id: 'P48.replay', what: 'a delivery that is sent again does nothing', attack: replayed },
];

type Sent = { readonly hook: string; readonly body?: string; readonly signed?: string; readonly secret: string; readonly guid?: string };

async function deliver({ api }: HttpTarget, { hook, body = push, signed = body, secret, guid = randomUUID() }: Sent): Promise<number> {
  const signature = `sha256=${createHmac('sha256', secret).update(signed).digest('hex')}`;
  const headers = {
    'content-type': 'application/json',
    'x-github-event': 'push',
    'x-github-delivery': guid,
    'x-hub-signature-256': signature,
  };
  return (await api.ask('POST', `/v1/forge/hooks/${hook}`, { raw: new Uint8Array(Buffer.from(body)), headers })).status;
}

async function takenBy({ api }: HttpTarget, tenantId: string): Promise<number> {
  const rows = await api.database.admin('select id from app.forge_delivery where tenant_id = $1', [tenantId]);
  return rows.length;
}

async function signedByOthers(target: HttpTarget): Promise<readonly string[]> {
  const { api, theirs, hookSecret: secret } = target;
  const hook = theirs['hook'] ?? '';
  const before = await takenBy(target, api.other.id);
  const statuses = [
    await deliver(target, { hook, secret }),
    await deliver(target, { hook, secret, body: push.replace('main', 'mbin'), signed: push }),
    await deliver(target, { hook, secret, signed: '' }),
  ];
  const after = await takenBy(target, api.other.id);
  return [
    ...statuses.filter((status) => status !== 401).map((status) => `status ${String(status)}`),
    ...(after === before ? [] : ['the other tenant took it']),
  ];
}

async function foreignInstallation(target: HttpTarget): Promise<readonly string[]> {
  const { api } = target;
  const secret = randomUUID();
  const { hook } = await plantForgeApp(api, api.acme, { secrets: [secret] });
  const before = await takenBy(target, api.other.id);
  const status = await deliver(target, { hook, secret });
  const after = await takenBy(target, api.other.id);
  const own = await takenBy(target, api.acme.id);
  await forget(target);
  return [
    ...(status === 202 && own === 1 ? [] : [`control: ${String(status)}`]),
    ...(after === before ? [] : ['the other tenant took it']),
  ];
}

async function replayed(target: HttpTarget): Promise<readonly string[]> {
  const { api } = target;
  const [secret, guid] = [randomUUID(), randomUUID()];
  const { hook } = await plantForgeApp(api, api.acme, { secrets: [secret] });
  const statuses = [await deliver(target, { hook, secret, guid }), await deliver(target, { hook, secret, guid })];
  const jobs = await api.database.admin(`select id from app.job where tenant_id = $1 and kind = 'forge.handle'`, [api.acme.id]);
  await forget(target);
  return [...(statuses.join() === '202,202' ? [] : [statuses.join()]), ...(jobs.length === 1 ? [] : [`${String(jobs.length)} jobs`])];
}

/** One attack must not feed the next. */
async function forget({ api }: HttpTarget): Promise<void> {
  for (const table of ['app.forge_delivery', 'app.forge_app'])
    await api.database.admin(`delete from ${table} where tenant_id = $1`, [api.acme.id]);
  await api.database.admin(`delete from app.job where tenant_id = $1 and kind = 'forge.handle'`, [api.acme.id]);
  await api.database.admin('delete from identity.forge_hook where tenant_id = $1', [api.acme.id]);
}
