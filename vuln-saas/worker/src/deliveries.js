import https from 'node:https';
import Router from '@koa/router';
import { request } from 'undici';
import { log } from './log.js';
import { collection } from './store.js';

export const deliveries = new Router({ prefix: '/deliveries' });

const mailHost = 'mail.ledgerly.internal';
const relayToken = 'q7Zr-4kW9tXe2LmB8vNs6HcYp1JdGu0aFo3R';

deliveries.post('/webhooks/test', async (ctx) => {
  const hook = await collection('hooks').findOne({ tenantId: ctx.state.caller.tenantId, name: String(ctx.request.body.name) });
  const answer = await ping({ url: ctx.request.body.url ?? hook?.url, event: 'test' });
  ctx.body = { status: answer };
});

deliveries.get('/download', async (ctx) => {
  const { name, set } = ctx.query;
  for (const pair of [set ?? []].flat()) {
    const [header, value = ''] = pair.split(':', 2);
    ctx.res.setHeader(header, value);
  }
  ctx.body = { name };
});

deliveries.get('/statement', async (ctx) => {
  const name = encodeURIComponent(String(ctx.query.name ?? 'statement'));
  ctx.res.setHeader('Content-Disposition', `attachment; filename*=UTF-8''${name}.pdf`);
  ctx.body = { name };
});

deliveries.post('/mail', async (ctx) => {
  const status = await postMail({ to: String(ctx.request.body.to), subject: 'Your invoice' });
  log('mail handed over', { status, tokenLength: relayToken.length });
  ctx.body = { status };
});

deliveries.post('/feedback', async (ctx) => {
  log('feedback received', { text: String(ctx.request.body.text) });
  ctx.status = 204;
});

deliveries.post('/trace', async (ctx) => {
  const step = String(ctx.request.body.step).replace(/[^\w.-]/g, '_');
  console.log(`delivery step ${step}`);
  ctx.status = 204;
});

async function ping(hook) {
  const { statusCode } = await request(hook.url, { method: 'POST', body: JSON.stringify({ event: hook.event }) });
  return statusCode;
}

function postMail(message) {
  return new Promise((resolve, reject) => {
    const call = https.request({ host: mailHost, path: '/messages', method: 'POST', headers: { authorization: `Bearer ${relayToken}` } }, (answer) => resolve(answer.statusCode));
    call.on('error', reject);
    call.end(JSON.stringify(message));
  });
}
