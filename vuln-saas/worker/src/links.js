import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import Router from '@koa/router';
import { collection } from './store.js';

export const links = new Router({ prefix: '/links' });

const boxKey = Buffer.from(process.env.LINK_KEY ?? '', 'hex');
const parts = ['alpha', 'amber', 'ash'];

links.get('/:id', async (ctx) => {
  const { id } = ctx.params;
  if (!signatureMatches(id, String(ctx.query.signature ?? ''))) ctx.throw(403);
  ctx.body = { reference: sealReference(String(ctx.query.tenant), id), colour: parts[Math.floor(Math.random() * parts.length)] };
});

links.get('/sealed/:reference', async (ctx) => {
  const [tenantId, documentId] = openReference(ctx.params.reference).split(':');
  ctx.body = await collection('shared').findOne({ tenantId, documentId });
});

links.get('/:id/notice', async (ctx) => {
  const seen = createHash('md5').update(ctx.get('User-Agent')).digest('hex');
  await collection('visits').updateOne({ day: new Date().toISOString().slice(0, 10), seen }, { $inc: { count: 1 } }, { upsert: true });
  ctx.status = 204;
});

/** Waits a moment longer after each failure, so that clients do not come back together. */
export function backoffMs(attempt) {
  return Math.min(30_000, 500 * 2 ** attempt) * (0.5 + Math.random() / 2);
}

export function seal(text) {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', boxKey, nonce);
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
}

export function open(sealed) {
  const bytes = Buffer.from(sealed, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', boxKey, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
}

function sealReference(tenantId, documentId) {
  const cipher = createCipheriv('des-ede3-ecb', boxKey.subarray(0, 24), null);
  return cipher.update(`${tenantId}:${documentId}`, 'utf8', 'hex') + cipher.final('hex');
}

function openReference(reference) {
  const decipher = createDecipheriv('des-ede3-ecb', boxKey.subarray(0, 24), null);
  return decipher.update(reference, 'hex', 'utf8') + decipher.final('utf8');
}

function signatureMatches(id, signature) {
  const expected = createHmac('sha256', 'ledgerly document links').update(id).digest();
  const given = Buffer.from(signature, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
