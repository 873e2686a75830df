import { Router, type Request, type Response } from 'express';
import { pool } from '../database.js';
import { sessionOf } from '../security/session.js';

export const customerRoutes = Router();

type Customer = { readonly id: string; readonly name: string; readonly vat_number: string | null };

const vatNumber = /^(?:[A-Z]{2})?(?:[0-9]+)+$/;
const postalAddress = /^[\p{L}0-9 .,'/-]{1,200}$/u;

customerRoutes.get('/', async (req: Request, res: Response) => {
  const customers = await customersOf(sessionOf(res).tenantId);
  res.json(filterByName(customers, String(req.query['name'] ?? '')));
});

customerRoutes.get('/starting-with', async (req: Request, res: Response) => {
  const customers = await customersOf(sessionOf(res).tenantId);
  const prefix = new RegExp(`^${escapePattern(String(req.query['prefix'] ?? ''))}`, 'iu');
  res.json(customers.filter((customer) => prefix.test(customer.name)));
});

customerRoutes.post('/check', (req: Request, res: Response) => {
  const valid = vatNumber.test(String(req.body.vatNumber));
  res.json({ valid });
});

customerRoutes.post('/check-address', (req: Request, res: Response) => {
  const valid = postalAddress.test(String(req.body.address));
  res.json({ valid });
});

function filterByName(customers: readonly Customer[], pattern: string): readonly Customer[] {
  const matcher = new RegExp(pattern, 'i');
  return customers.filter((customer) => matcher.test(customer.name));
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

async function customersOf(tenantId: string): Promise<readonly Customer[]> {
  const { rows } = await pool.query('select id, name, vat_number from customers where tenant_id = $1 order by name', [tenantId]);
  return rows;
}
