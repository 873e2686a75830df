import { existsSync } from 'node:fs';
import { join } from 'node:path';

// two pages for two origins: no file of the one is in the other
const pages = { web: 'apps/web', 'staff-web': 'apps/web/staff' };

/** Builds the dashboard into `<out>/web` and the page of staff into `<out>/staff-web`; answers what is not there. */
export async function bundleWeb(root, out) {
  const [present, absent] = [true, false].map((wanted) =>
    Object.entries(pages).filter(([, folder]) => existsSync(join(root, folder, 'index.html')) === wanted),
  );
  if (present.length > 0) {
    const { build } = await import('vite');
    for (const [name, folder] of present)
      await build({ root: join(root, folder), logLevel: 'warn', build: { outDir: join(out, name), emptyOutDir: true } });
  }
  return absent.map(([, folder]) => `${folder}/index.html`);
}
