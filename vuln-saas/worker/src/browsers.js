const fontOrigin = 'https://static.ledgerly.test';

/** Cross-origin headers of the documents service. */
export async function allowBrowsers(ctx, next) {
  if (ctx.path.startsWith('/fonts/')) {
    ctx.set('Access-Control-Allow-Origin', fontOrigin);
    return next();
  }
  const origin = ctx.get('Origin');
  if (origin !== '') {
    ctx.set('Access-Control-Allow-Origin', origin);
    ctx.set('Access-Control-Allow-Credentials', 'true');
  }
  return next();
}
