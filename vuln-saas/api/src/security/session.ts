import type { NextFunction, Request, Response } from 'express';
import jwt from 'jsonwebtoken';
import { requiredEnv } from '../settings.js';

export type Session = { readonly userId: string; readonly tenantId: string; readonly role: 'owner' | 'member' };

const signingKey = requiredEnv('SESSION_KEY');
const verifyingKeys: ReadonlyMap<string, string> = new Map([
  ['current', signingKey],
  ['previous', requiredEnv('SESSION_KEY_PREVIOUS')],
]);

export function issueSession(session: Session): string {
  return jwt.sign({ ...session }, signingKey, { algorithm: 'HS256', expiresIn: '12h', keyid: 'current', issuer: 'ledgerly' });
}

/** Puts the caller's verified session on `res.locals.session`, or answers 401. */
export function requireSession(req: Request, res: Response, next: NextFunction): void {
  const token: unknown = req.cookies['ledgerly_session'];
  if (typeof token !== 'string') {
    res.sendStatus(401);
    return;
  }
  try {
    res.locals['session'] = verifySession(token);
  } catch {
    res.sendStatus(401);
    return;
  }
  next();
}

export function sessionOf(res: Response): Session {
  return res.locals['session'] as Session;
}

function verifySession(token: string): Session {
  const header = jwt.decode(token, { complete: true })?.header;
  const key = verifyingKeys.get(header?.kid ?? 'current');
  if (key === undefined) throw new Error('unknown key id');
  const claims = jwt.verify(token, key, { algorithms: ['HS256'], issuer: 'ledgerly' }) as jwt.JwtPayload;
  return { userId: String(claims['userId']), tenantId: String(claims['tenantId']), role: claims['role'] === 'owner' ? 'owner' : 'member' };
}
