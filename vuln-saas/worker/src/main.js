import Koa from 'koa';
import bodyParser from 'koa-bodyparser';
import { connect } from './store.js';
import { approvals } from './approvals.js';
import { archive } from './archive.js';
import { deliveries } from './deliveries.js';
import { links } from './links.js';
import { reports } from './reports.js';
import { requireCaller } from './caller.js';
import { allowBrowsers } from './browsers.js';

const app = new Koa();
app.use(allowBrowsers);
app.use(bodyParser({ enableTypes: ['json'] }));
app.use(links.routes());
app.use(requireCaller);
app.use(approvals.routes());
app.use(archive.routes());
app.use(deliveries.routes());
app.use(reports.routes());

await connect();
app.listen(Number(process.env.PORT ?? 8090));
