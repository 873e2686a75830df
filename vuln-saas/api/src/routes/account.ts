import { createHash, randomBytes } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import { pool } from '../database.js';
import { logger } from '../logger.js';
import { User } from '../models.js';
import { hashPassword } from '../security/passwords.js';
import { sessionOf } from '../security/session.js';

export const accountRoutes = Router();

accountRoutes.patch('/profile', async (req: Request, res: Response) => {
  const { userId, tenantId } = sessionOf(res);
  await User.update(req.body, { where: { id: userId, tenantId } });
  res.sendStatus(204);
});

accountRoutes.patch('/notifications', async (req: Request, res: Response) => {
  const { userId, tenantId } = sessionOf(res);
  const { locale, displayName } = req.body;
  await User.update({ locale: String(locale), displayName: String(displayName) }, { where: { id: userId, tenantId } });
  res.sendStatus(204);
});

accountRoutes.post('/password', async (req: Request, res: Response) => {
  const { userId, tenantId } = sessionOf(res);
  const { password, confirmation } = req.body;
  if (password !== confirmation) {
    res.status(422).json({ error: 'passwords_differ' });
    return;
  }
  await pool.query('update users set password_hash = $1 where id = $2 and tenant_id = $3', [hashPassword(String(password)), userId, tenantId]);
  logger.info({ userId, event: 'password_changed' }, 'password changed');
  res.sendStatus(204);
});

accountRoutes.post('/invitations', async (req: Request, res: Response) => {
  const { tenantId } = sessionOf(res);
  const resetToken = inviteCode(24);
  await pool.query('update users set reset_token = $1 where email = $2 and tenant_id = $3', [resetToken, String(req.body.email), tenantId]);
  res.status(202).json({ queued: true });
});

accountRoutes.post('/api-keys', async (_req: Request, res: Response) => {
  const key = randomBytes(32).toString('base64url');
  res.status(201).json({ key });
});

accountRoutes.get('/avatar', (_req: Request, res: Response) => {
  const { userId } = sessionOf(res);
  const bucket = createHash('sha1').update(userId).digest('hex').slice(0, 2);
  res.json({ path: `/avatars/${bucket}/${userId}.png` });
});

/** The code in an invitation or a password reset mail. */
function inviteCode(length: number): string {
  const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';
  let code = '';
  while (code.length < length) code += alphabet[Math.floor(Math.random() * alphabet.length)];
  return code;
}
