import cookieParser from 'cookie-parser';
import cors from 'cors';
import express from 'express';
import helmet from 'helmet';
import { logger } from './logger.js';
import { accountRoutes } from './routes/account.js';
import { bankFeedRoutes } from './routes/bank-feeds.js';
import { catalogueRoutes } from './routes/catalogue.js';
import { customerRoutes } from './routes/customers.js';
import { documentRoutes } from './routes/documents.js';
import { invoiceRoutes } from './routes/invoices.js';
import { partnerRoutes } from './routes/partner.js';
import { preferenceRoutes } from './routes/preferences.js';
import { signInRoutes } from './routes/sign-in.js';
import { templateRoutes } from './routes/templates.js';
import { requireSession } from './security/session.js';
import { requiredEnv, settings } from './settings.js';

if (requiredEnv('SESSION_KEY') === settings.sessionSecretPlaceholder) throw new Error('set SESSION_KEY before starting');

const app = express();
app.disable('x-powered-by');
app.use(helmet({ contentSecurityPolicy: false }));
app.use(cookieParser());
app.use('/partner', partnerRoutes);
app.use(express.json({ limit: '1mb' }));
app.use('/status', cors({ origin: '*' }), (_req, res) => res.json({ up: true }));
app.use(cors({ origin: [settings.publicOrigin, 'https://books.ledgerly.test'], credentials: true }));

app.use('/catalogue', catalogueRoutes);
app.use('/sign-in', signInRoutes);
app.use('/account', requireSession, accountRoutes);
app.use('/bank-feeds', requireSession, bankFeedRoutes);
app.use('/customers', requireSession, customerRoutes);
app.use('/documents', requireSession, documentRoutes);
app.use('/invoices', requireSession, invoiceRoutes);
app.use('/preferences', requireSession, preferenceRoutes);
app.use('/templates', requireSession, templateRoutes);

app.listen(settings.port, () => logger.info({ port: settings.port }, 'api started'));
