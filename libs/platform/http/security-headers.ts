type Headers = Readonly<Record<string, string>>;

const page = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'worker-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
} as const;
const dashboard = { ...page, 'require-trusted-types-for': ["'script'"], 'trusted-types': ['aegis-worker'] } as const;
const answer = { 'default-src': ["'none'"], 'base-uri': ["'none'"], 'form-action': ["'none'"], 'frame-ancestors': ["'none'"] } as const;
// The documentation page parses markdown through innerHTML, so Trusted Types stay out; it needs no worker and no font.
const documentation = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
} as const;

function common(secure: boolean): Headers {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()',
    ...(secure ? { 'strict-transport-security': 'max-age=31536000; includeSubDomains' } : {}),
  };
}

function policy(directives: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(directives)
    .map(([name, values]) => `${name} ${values.join(' ')}`)
    .join('; ');
}

/** Headers of every answer of the API: nothing in it may be run, framed, cached or sniffed. `secure`: we are reached by https. */
export function answerHeaders(secure: boolean): Headers {
  return { ...common(secure), 'content-security-policy': policy(answer), 'cache-control': 'no-store' };
}

/**
 * Headers of the dashboard's pages and files: own files only, Trusted Types required. `formOrigin`: the one place that a form of this page
 * may be posted to; without it, none may.
 */
export function dashboardHeaders(secure: boolean, formOrigin?: string): Headers {
  const forms = formOrigin === undefined ? {} : { 'form-action': [formOrigin] };
  return { ...common(secure), 'content-security-policy': policy({ ...dashboard, ...forms }) };
}

/** Headers of the documentation page: the narrowest policy under which it works. */
export function documentationHeaders(secure: boolean): Headers {
  return { ...common(secure), 'content-security-policy': policy(documentation), 'cache-control': 'no-cache' };
}
