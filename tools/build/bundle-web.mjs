import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Builds the dashboard into `<out>/web`; answers what is not there. */
export async function bundleWeb(root, out) {
  const folder = join(root, 'apps/web');
  if (!existsSync(join(folder, 'index.html'))) return ['apps/web/index.html'];
  const { build } = await import('vite');
  await build({ root: folder, logLevel: 'warn', build: { outDir: join(out, 'web'), emptyOutDir: true } });
  return [];
}
