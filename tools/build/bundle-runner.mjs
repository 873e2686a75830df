import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Builds the folder that the sandbox runs from, as the sandbox asks for it, into `<out>/sandbox`; answers what is not there. */
export async function bundleRunner(root, out) {
  const source = join(root, 'sandbox/bundle.ts');
  if (!existsSync(source)) return ['sandbox/bundle.ts'];
  const { bundleSandbox } = await import(pathToFileURL(source).href);
  await bundleSandbox({ outDirectory: join(out, 'sandbox'), withSnapshots: true });
  return [];
}
