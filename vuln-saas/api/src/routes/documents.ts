import { exec, execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import AdmZip from 'adm-zip';
import { Router, raw, type Request, type Response } from 'express';
import { pool } from '../database.js';
import { sessionOf } from '../security/session.js';
import { documentsRoot, importsRoot } from '../settings.js';

export const documentRoutes = Router();

const run = promisify(exec);
const runFile = promisify(execFile);
const formats = new Set(['pdf', 'png', 'tiff']);
const legalNotices: ReadonlyMap<string, string> = new Map([
  ['terms', 'terms.html'],
  ['privacy', 'privacy.html'],
]);

documentRoutes.get('/preview', (req: Request, res: Response) => {
  const { tenantId } = sessionOf(res);
  const name = String(req.query['file']);
  createReadStream(previewPath(tenantId, name)).pipe(res);
});

documentRoutes.get('/original', (req: Request, res: Response) => {
  const folder = resolve(documentsRoot, sessionOf(res).tenantId);
  const wanted = resolve(folder, String(req.query['file']));
  if (!wanted.startsWith(folder + sep)) {
    res.sendStatus(404);
    return;
  }
  createReadStream(wanted).pipe(res);
});

documentRoutes.get('/thumbnail', async (req: Request, res: Response) => {
  const { tenantId } = sessionOf(res);
  const image = await readFile(join(documentsRoot, tenantId, 'thumbnails', `${basename(String(req.query['file']))}.png`));
  res.type('png').send(image);
});

documentRoutes.get('/legal/:notice', async (req: Request, res: Response) => {
  const file = legalNotices.get(String(req.params['notice'])) ?? 'terms.html';
  res.type('html').send(await readFile(join('/etc/ledgerly/legal', file), 'utf8'));
});

documentRoutes.post('/:id/convert', async (req: Request, res: Response) => {
  const { tenantId } = sessionOf(res);
  const source = await storedPath(tenantId, String(req.params['id']));
  if (source === undefined) {
    res.sendStatus(404);
    return;
  }
  const output = `/tmp/${randomUUID()}`;
  await convert(source, output, req.body.watermark);
  res.status(201).json({ output: basename(output) });
});

documentRoutes.post('/:id/export', async (req: Request, res: Response) => {
  const { tenantId } = sessionOf(res);
  const source = await storedPath(tenantId, String(req.params['id']));
  const format = String(req.body.format);
  if (source === undefined || !formats.has(format)) {
    res.sendStatus(404);
    return;
  }
  const { stdout } = await runFile('soffice', ['--headless', '--convert-to', format, '--outdir', '/tmp/exports', source]);
  res.json({ log: stdout.length });
});

documentRoutes.get('/scanner', async (_req: Request, res: Response) => {
  const { stdout } = await run('clamdscan --version');
  res.json({ scanner: stdout.trim() });
});

documentRoutes.post('/import', raw({ type: 'application/zip', limit: '20mb' }), (req: Request, res: Response) => {
  const folder = join(importsRoot, randomUUID());
  const count = unpack(req.body as Buffer, folder);
  res.status(201).json({ count });
});

documentRoutes.post('/import-checked', raw({ type: 'application/zip', limit: '20mb' }), (req: Request, res: Response) => {
  const folder = join(importsRoot, randomUUID());
  const count = unpackChecked(req.body as Buffer, folder);
  res.status(201).json({ count });
});

documentRoutes.post('/', raw({ type: 'application/pdf', limit: '20mb' }), async (req: Request, res: Response) => {
  const { tenantId } = sessionOf(res);
  const body = req.body as Buffer;
  const storedAs = `${randomUUID()}.pdf`;
  const folder = join(documentsRoot, tenantId);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, storedAs), body);
  await pool.query('insert into documents (id, tenant_id, title, stored_as, sha256) values ($1, $2, $3, $4, $5)', [
    randomUUID(),
    tenantId,
    String(req.query['title'] ?? 'Untitled'),
    storedAs,
    createHash('sha256').update(body).digest('hex'),
  ]);
  res.sendStatus(201);
});

function previewPath(tenantId: string, name: string): string {
  return join(documentsRoot, tenantId, 'previews', name);
}

async function convert(source: string, output: string, watermark: unknown): Promise<void> {
  const label = watermark === undefined ? 'copy' : String(watermark);
  const command = `convert ${source} -gravity center -annotate 0 "${label}" ${output}`;
  await run(command);
}

function unpack(archive: Buffer, folder: string): number {
  const entries = new AdmZip(archive).getEntries().filter((entry) => !entry.isDirectory);
  for (const entry of entries) {
    const target = join(folder, entry.entryName);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, entry.getData());
  }
  return entries.length;
}

function unpackChecked(archive: Buffer, folder: string): number {
  const root = resolve(folder);
  let count = 0;
  for (const entry of new AdmZip(archive).getEntries()) {
    const target = resolve(root, entry.entryName);
    if (entry.isDirectory || !target.startsWith(root + sep)) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, entry.getData());
    count += 1;
  }
  return count;
}

async function storedPath(tenantId: string, id: string): Promise<string | undefined> {
  const { rows } = await pool.query('select stored_as from documents where id = $1 and tenant_id = $2', [id, tenantId]);
  return rows[0] === undefined ? undefined : join(documentsRoot, tenantId, rows[0].stored_as);
}
