import { spawn, execFileSync } from 'node:child_process';
import { readFile, unlink } from 'node:fs/promises';
import path from 'node:path';
import Router from '@koa/router';
import serialize from 'node-serialize';
import yaml from 'js-yaml';

export const archive = new Router({ prefix: '/archive' });

const root = path.resolve(process.env.ARCHIVE_ROOT ?? '/var/lib/ledgerly/archive');
const fileName = /^[a-z0-9][a-z0-9-]{0,63}\.pdf$/;

archive.get('/cursor', async (ctx) => {
  const cursor = readCursor(ctx.cookies.get('archive_cursor'));
  ctx.body = { page: cursor.page ?? 1 };
});

archive.get('/position', async (ctx) => {
  const cookie = ctx.cookies.get('archive_position') ?? 'bnVsbA==';
  const position = JSON.parse(Buffer.from(cookie, 'base64').toString('utf8'));
  ctx.body = { page: Number(position?.page ?? 1) };
});

archive.put('/rules', async (ctx) => {
  const rules = yaml.load(String(ctx.request.body.rules), { schema: yaml.JSON_SCHEMA });
  ctx.body = { count: Array.isArray(rules) ? rules.length : 0 };
});

archive.delete('/file', async (ctx) => {
  const { tenantId } = ctx.state.caller;
  const target = path.join(root, tenantId, ctx.query.name);
  await unlink(target);
  ctx.status = 204;
});

archive.get('/file/:name', async (ctx) => {
  const { name } = ctx.params;
  if (!fileName.test(name)) ctx.throw(404);
  ctx.type = 'application/pdf';
  ctx.body = await readFile(path.join(root, ctx.state.caller.tenantId, name));
});

archive.post('/bundle', async (ctx) => {
  const { year, label } = ctx.request.body;
  await bundle(ctx.state.caller.tenantId, Number(year), label);
  ctx.status = 202;
});

archive.get('/usage', async (ctx) => {
  const output = execFileSync('du', ['-sk', '--', path.join(root, ctx.state.caller.tenantId)], { encoding: 'utf8' });
  ctx.body = { kilobytes: Number.parseInt(output, 10) };
});

function readCursor(cookie) {
  if (cookie === undefined) return { page: 1 };
  const text = Buffer.from(cookie, 'base64').toString('utf8');
  return serialize.unserialize(text);
}

function bundle(tenantId, year, label) {
  const source = path.join(root, tenantId, String(year));
  return new Promise((resolve, reject) => {
    const tar = spawn(`tar -czf ${source}-${label}.tgz ${source}`, { shell: true });
    tar.on('error', reject);
    tar.on('close', resolve);
  });
}
