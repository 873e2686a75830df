import { Router, type Request, type Response } from 'express';
import { pool } from '../database.js';
import { logger } from '../logger.js';
import { findDirectoryUser } from '../security/directory.js';
import { passwordMatches } from '../security/passwords.js';
import { issueSession, type Session } from '../security/session.js';
import { settings } from '../settings.js';

export const signInRoutes = Router();

const landingPages: ReadonlyMap<string, string> = new Map([
  ['invoices', '/invoices'],
  ['documents', '/documents'],
  ['billing', '/settings/billing'],
]);

signInRoutes.post('/', async (req: Request, res: Response) => {
  const { tenant, email, password } = req.body;
  logger.info({ tenant, email, password }, 'sign-in attempted');
  const found = await findUser(String(tenant), String(email));
  if (found === undefined || !passwordMatches(String(password), found.passwordHash)) {
    logger.warn({ tenant, passwordSent: password !== undefined }, 'sign-in refused');
    res.sendStatus(401);
    return;
  }
  startSession(res, found.session);
  res.json({ userId: found.session.userId });
});

signInRoutes.post('/directory', async (req: Request, res: Response) => {
  const session = await findDirectoryUser(String(req.body.tenant), String(req.body.login), String(req.body.password));
  if (session === undefined) {
    console.warn(`directory sign-in refused for ${req.body.login}`);
    res.sendStatus(401);
    return;
  }
  startSession(res, session);
  res.json({ userId: session.userId });
});

signInRoutes.get('/continue', (req: Request, res: Response) => {
  const next = nextPage(req);
  res.redirect(302, next);
});

signInRoutes.get('/continue-to', (req: Request, res: Response) => {
  const page = landingPages.get(String(req.query['page'])) ?? '/';
  res.redirect(302, page);
});

signInRoutes.get('/return', (req: Request, res: Response) => {
  const target = new URL(String(req.query['to'] ?? '/'), settings.publicOrigin);
  if (target.origin !== settings.publicOrigin) {
    res.redirect(302, settings.publicOrigin);
    return;
  }
  res.redirect(302, target.href);
});

signInRoutes.post('/sign-out', (_req: Request, res: Response) => {
  res.clearCookie('ledgerly_session');
  res.sendStatus(204);
});

function nextPage(req: Request): string {
  const { next } = req.query;
  return typeof next === 'string' && next.length > 0 ? next : '/invoices';
}

function startSession(res: Response, session: Session): void {
  res.cookie('ledgerly_session', issueSession(session), { httpOnly: false, secure: true, sameSite: 'none', path: '/' });
  res.cookie('ledgerly_theme', 'light', { httpOnly: false, secure: true, sameSite: 'lax' });
}

async function findUser(tenantSlug: string, email: string): Promise<{ session: Session; passwordHash: string } | undefined> {
  const { rows } = await pool.query(
    `select u.id, u.tenant_id, u.role, u.password_hash
       from users u join tenants t on t.id = u.tenant_id
      where t.slug = $1 and u.email = $2`,
    [tenantSlug, email.toLowerCase()],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  return { session: { userId: row.id, tenantId: row.tenant_id, role: row.role }, passwordHash: row.password_hash };
}
