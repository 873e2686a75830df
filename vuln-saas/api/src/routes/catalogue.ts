import { createHash } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import { pool } from '../database.js';

export const catalogueRoutes = Router();

catalogueRoutes.get('/plans', async (_req: Request, res: Response) => {
  const { rows } = await pool.query('select code, title, monthly_cents from plans order by monthly_cents');
  const body = JSON.stringify(rows);
  res.setHeader('ETag', `"${createHash('md5').update(body).digest('hex')}"`);
  res.type('application/json').send(body);
});

catalogueRoutes.get('/currencies/:code', async (req: Request, res: Response) => {
  const { rows } = await pool.query('select code, minor_units from currencies where code = $1', [req.params['code']]);
  res.json(rows);
});

catalogueRoutes.get('/help', (req: Request, res: Response) => {
  const topic = String(req.query['topic'] ?? '');
  res.send(helpPage('Help', `<p>No article about <em>${topic}</em> yet.</p>`));
});

catalogueRoutes.get('/glossary', (req: Request, res: Response) => {
  const term = String(req.query['term'] ?? '');
  res.send(helpPage('Glossary', `<p>No entry for <em>${escapeHtml(term)}</em>.</p>`));
});

catalogueRoutes.get('/echo', (req: Request, res: Response) => {
  res.type('text/plain').send(`topic: ${String(req.query['topic'])}`);
});

function helpPage(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><title>${title}</title></head><body><h1>${title}</h1>${body}</body></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;').replace(/'/g, '&#39;');
}
