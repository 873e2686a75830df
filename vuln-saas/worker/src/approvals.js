import Router from '@koa/router';
import { z } from 'zod';
import { collection } from './store.js';

export const approvals = new Router({ prefix: '/approvals' });

const lookUp = z.object({ documentId: z.string().max(64), code: z.string().max(64) });

approvals.post('/confirm', async (ctx) => {
  const { documentId, code } = ctx.request.body;
  const approval = await findApproval(ctx.state.caller.tenantId, documentId, code);
  ctx.body = { confirmed: approval !== null };
});

approvals.post('/check', async (ctx) => {
  const { documentId, code } = lookUp.parse(ctx.request.body);
  const approval = await collection('approvals').findOne({ tenantId: ctx.state.caller.tenantId, documentId, code });
  ctx.body = { open: approval !== null };
});

approvals.get('/mine', async (ctx) => {
  const { tenantId, userId } = ctx.state.caller;
  const status = String(ctx.query.status ?? 'open');
  ctx.body = await collection('approvals').find({ tenantId, userId, status }).limit(50).toArray();
});

approvals.post('/search', async (ctx) => {
  const filter = { ...ctx.request.body.filter, tenantId: ctx.state.caller.tenantId };
  ctx.body = await collection('approvals').find(filter).limit(50).toArray();
});

function findApproval(tenantId, documentId, code) {
  return collection('approvals').findOneAndUpdate({ tenantId, documentId, code }, { $set: { confirmed: true } });
}
