import { createHmac, timingSafeEqual } from 'node:crypto';
import express, { Router, type Request, type Response } from 'express';
import jwt from 'jsonwebtoken';
import { pool } from '../database.js';
import { requiredEnv } from '../settings.js';

export const partnerRoutes = Router();

type PartnerClaims = { readonly tenantId: string; readonly partner: string };

const paymentsKey = requiredEnv('PAYMENTS_WEBHOOK_KEY');
const courierKey = requiredEnv('COURIER_WEBHOOK_KEY');

partnerRoutes.get('/balance', async (req: Request, res: Response) => {
  const claims = partnerOf(req);
  if (claims === undefined) {
    res.sendStatus(401);
    return;
  }
  const { rows } = await pool.query('select sum(total_cents) as open_cents from invoices where tenant_id = $1 and status = $2', [claims.tenantId, 'open']);
  res.json({ partner: claims.partner, openCents: rows[0].open_cents });
});

partnerRoutes.post('/payments', express.text({ type: '*/*' }), async (req: Request, res: Response) => {
  const expected = createHmac('sha256', paymentsKey).update(bodyText(req)).digest('hex');
  if (req.header('x-signature') !== expected) {
    res.sendStatus(401);
    return;
  }
  await settle(JSON.parse(bodyText(req)));
  res.sendStatus(204);
});

partnerRoutes.post('/parcels', express.text({ type: '*/*' }), (req: Request, res: Response) => {
  const expected = createHmac('sha256', courierKey).update(bodyText(req)).digest();
  const given = Buffer.from(req.header('x-signature') ?? '', 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    res.sendStatus(401);
    return;
  }
  res.sendStatus(204);
});

function partnerOf(req: Request): PartnerClaims | undefined {
  const token = req.header('authorization')?.replace(/^Bearer /, '');
  if (token === undefined) return undefined;
  const claims = jwt.decode(token) as PartnerClaims | null;
  return claims ?? undefined;
}

function bodyText(req: Request): string {
  return typeof req.body === 'string' ? req.body : '';
}

async function settle(notice: { tenantId: string; invoiceId: string }): Promise<void> {
  await pool.query('update invoices set status = $1 where id = $2 and tenant_id = $3', ['paid', notice.invoiceId, notice.tenantId]);
}
