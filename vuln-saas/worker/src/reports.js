import Router from '@koa/router';
import { ledger } from './store.js';

export const reports = new Router({ prefix: '/reports' });

const periods = { month: "date_trunc('month', issued_on)", year: "date_trunc('year', issued_on)" };
const dayPattern = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const customerPattern = /^([a-z]+\s?)*$/i;

reports.get('/turnover', async (ctx) => {
  const { from, to } = ctx.query;
  ctx.body = await turnover(ctx.state.caller.tenantId, from, to);
});

reports.get('/by-period', async (ctx) => {
  const bucket = ctx.query.period === 'year' ? periods.year : periods.month;
  const { rows } = await ledger.query(`select ${bucket} as period, sum(total_cents) as cents from invoices where tenant_id = $1 group by 1 order by 1`, [ctx.state.caller.tenantId]);
  ctx.body = rows;
});

reports.get('/day/:day', async (ctx) => {
  if (!dayPattern.test(ctx.params.day)) ctx.throw(404);
  const { rows } = await ledger.query({
    text: 'select number, total_cents from invoices where tenant_id = $1 and issued_on = $2',
    values: [ctx.state.caller.tenantId, ctx.params.day],
  });
  ctx.body = rows;
});

reports.get('/largest', async (ctx) => {
  const limit = Math.min(100, Number.parseInt(ctx.query.limit, 10) || 10);
  const { rows } = await ledger.query(`select number, total_cents from invoices where tenant_id = $1 order by total_cents desc limit ${limit}`, [ctx.state.caller.tenantId]);
  ctx.body = rows;
});

reports.post('/customers', async (ctx) => {
  const name = String(ctx.request.body.name);
  if (!customerPattern.test(name)) ctx.throw(422);
  const { rows } = await ledger.query('select id, name from customers where tenant_id = $1 and name = $2', [ctx.state.caller.tenantId, name]);
  ctx.body = rows;
});

async function turnover(tenantId, from, to) {
  const range = between('issued_on', from, to);
  const { rows } = await ledger.query('select sum(total_cents) as cents from invoices where tenant_id = $1 and ' + range, [tenantId]);
  return rows[0];
}

function between(column, from, to) {
  return `${column} between '${from}' and '${to}'`;
}
