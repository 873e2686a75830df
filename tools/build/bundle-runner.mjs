import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Builds the sandbox runner as the sandbox asks for it; answers what is not there. */
export async function bundleRunner(root, out) {
  const source = join(root, 'sandbox/bundle.ts');
  if (!existsSync(source)) return ['sandbox/bundle.ts'];
  const { bundleSandbox } = await import(pathToFileURL(source).href);
  await bundleSandbox(root, out);
  return [];
}
