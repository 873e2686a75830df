import jwt from 'jsonwebtoken';

const key = process.env.SESSION_KEY;

/** Sets `ctx.state.caller` from the verified session cookie. */
export async function requireCaller(ctx, next) {
  if (!key) ctx.throw(500, 'not configured');
  try {
    const claims = jwt.verify(ctx.cookies.get('ledgerly_session') ?? '', key, { algorithms: ['HS256'], issuer: 'ledgerly' });
    ctx.state.caller = { userId: claims.userId, tenantId: claims.tenantId };
  } catch {
    ctx.throw(401, 'sign in');
  }
  await next();
}
