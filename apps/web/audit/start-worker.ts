// The one Trusted Types policy of the page: a worker is started from our own assets and from nowhere else.
type Policy = { readonly createScriptURL: (address: string) => unknown };

let policy: Policy | undefined;

/** Starts a worker of ours; `address` comes from an import with `?worker&url`. */
export function startWorker(address: string): Worker {
  policy ??= openPolicy();
  const worker: unknown = Reflect.construct(Worker, [policy.createScriptURL(address), { type: 'module' }]);
  if (worker instanceof Worker) return worker;
  throw new TypeError('no worker');
}

function openPolicy(): Policy {
  const factory: unknown = Reflect.get(globalThis, 'trustedTypes');
  const rules = { createScriptURL: ownAsset };
  if (!isFactory(factory)) return rules; // a browser without Trusted Types
  return factory.createPolicy('aegis-worker', rules);
}

function isFactory(value: unknown): value is { readonly createPolicy: (name: string, rules: Policy) => Policy } {
  return typeof value === 'object' && value !== null && 'createPolicy' in value && typeof value.createPolicy === 'function';
}

function ownAsset(address: string): string {
  const url = new URL(address, location.href);
  if (url.origin !== location.origin || !url.pathname.startsWith('/assets/')) throw new TypeError('a worker is one of our own assets');
  return url.href;
}
