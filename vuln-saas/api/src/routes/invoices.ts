import { Router, type Request, type Response } from 'express';
import { pool } from '../database.js';
import { sessionOf } from '../security/session.js';

export const invoiceRoutes = Router();

const columns = ['id', 'number', 'status', 'total_cents', 'issued_on'];
const selectList = columns.join(', ');
const sortColumns: ReadonlyMap<string, string> = new Map([
  ['number', 'number'],
  ['total', 'total_cents'],
  ['date', 'issued_on'],
]);

invoiceRoutes.get('/', async (req: Request, res: Response) => {
  const { tenantId } = sessionOf(res);
  const query = listQuery({ status: String(req.query['status'] ?? 'open'), sort: String(req.query['sort'] ?? 'issued_on') });
  const { rows } = await pool.query(query, [tenantId]);
  res.json(rows);
});

invoiceRoutes.get('/sorted', async (req: Request, res: Response) => {
  const { tenantId } = sessionOf(res);
  const column = sortColumns.get(String(req.query['sort'])) ?? 'issued_on';
  const direction = req.query['direction'] === 'desc' ? 'desc' : 'asc';
  const { rows } = await pool.query(`select ${selectList} from invoices where tenant_id = $1 order by ${column} ${direction}`, [tenantId]);
  res.json(rows);
});

invoiceRoutes.get('/recent', async (_req: Request, res: Response) => {
  const { tenantId } = sessionOf(res);
  const { rows } = await pool.query(`select ${columns.join(', ')} from invoices where tenant_id = $1 order by issued_on desc limit 20`, [tenantId]);
  res.json(rows);
});

invoiceRoutes.post('/batch', async (req: Request, res: Response) => {
  const { tenantId } = sessionOf(res);
  const ids: string[] = Array.isArray(req.body.ids) ? req.body.ids.slice(0, 100).map(String) : [];
  const slots = ids.map((_id, index) => `$${index + 2}`).join(', ');
  const { rows } = await pool.query(`select ${selectList} from invoices where tenant_id = $1 and id in (${slots})`, [tenantId, ...ids]);
  res.json(rows);
});

invoiceRoutes.get('/:id', async (req: Request, res: Response) => {
  const { tenantId } = sessionOf(res);
  const { rows } = await pool.query('select * from invoices where id = $1 and tenant_id = $2', [req.params['id'], tenantId]);
  if (rows.length === 0) {
    res.sendStatus(404);
    return;
  }
  res.json(rows[0]);
});

invoiceRoutes.get('/:id/payments', async (req: Request, res: Response) => {
  const { rows } = await pool.query('select id, amount_cents from payments where invoice_id = $1', [req.params['id']]);
  res.json(rows);
});

invoiceRoutes.delete('/:id', async (req: Request, res: Response) => {
  const { rowCount } = await pool.query('delete from invoices where id = $1', [req.params['id']]);
  res.sendStatus(rowCount === 0 ? 404 : 204);
});

function listQuery(filter: { status: string; sort: string }): string {
  const where = `tenant_id = $1 and status = '${filter.status}'`;
  return 'select ' + selectList + ' from invoices where ' + where + ' order by ' + filter.sort;
}
