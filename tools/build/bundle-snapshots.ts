import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type OnLoadResult, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '../..');

/** What to build, and by which flags of Node it will be started: V8 takes a snapshot only under those that it was made under. */
export type SnapshotPlan = { readonly outDirectory: string; readonly analyzers: readonly string[]; readonly nodeFlags: readonly string[] };

/** A snapshot in the runtime folder, and which analyzers are in it. */
export type BuiltSnapshot = { readonly path: string; readonly analyzers: readonly string[] };

/**
 * Makes the runner's heap into files that Node starts from: one with every analyzer, and one for each alone, which is smaller and so
 * starts sooner. Loading code, schemas and rules is most of the cost of a start, and is paid here.
 */
export async function bundleSnapshots(plan: SnapshotPlan): Promise<readonly BuiltSnapshot[]> {
  const sets = [...plan.analyzers.map((name) => ({ name, analyzers: [name] })), { name: 'all', analyzers: plan.analyzers }];
  mkdirSync(join(plan.outDirectory, 'snapshots'));
  return Promise.all(
    sets.map(async ({ name, analyzers }) => {
      const path = `snapshots/${name}.blob`;
      await makeSnapshot(plan, { script: join(plan.outDirectory, `${name}.cjs`), blob: join(plan.outDirectory, path), analyzers });
      return { path, analyzers };
    }),
  );
}

type Making = { readonly script: string; readonly blob: string; readonly analyzers: readonly string[] };

async function makeSnapshot({ outDirectory, nodeFlags }: SnapshotPlan, { script, blob, analyzers }: Making): Promise<void> {
  const imports = analyzers.map((name) => `import { ${name} } from '@lib/engine/${name}';`).join('\n');
  await build({
    stdin: {
      contents: `${imports}\nimport { serveSnapshot } from './sandbox/run/serve-snapshot.ts';\nvoid serveSnapshot([${analyzers.join()}]);`,
      resolveDir: root,
    },
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'cjs', // a snapshot is made of one script in the old module format
    target: 'node24',
    minify: true, // the text of every function is in the snapshot
    tsconfig: join(root, 'tsconfig.json'),
    absWorkingDir: root,
    plugins: [ownModulesWithoutEffects, patches],
    define: { 'import.meta.url': '"file:///"', 'import.meta.dirname': '"/"' }, // there is no such place in a snapshot, and nobody asks
    logLevel: 'error',
  });
  demandPlainText(script);
  const config = `${script}.json`;
  // Without the compiled code of Node's own modules, which is two thirds of the file and is read at each start: what is needed is in the heap.
  writeFileSync(config, JSON.stringify({ builder: script, withoutCodeCache: true }));
  const flags = ['--max-old-space-size=1024', ...nodeFlags, '--no-warnings'];
  execFileSync(process.execPath, [...flags, '--snapshot-blob', blob, '--build-snapshot-config', config, outDirectory], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  rmSync(config);
  rmSync(script);
}

// V8 keeps a text with one character beyond Latin-1 at two bytes a character: all code of the runner, read at each start.
function demandPlainText(script: string): void {
  const found = /.{0,40}[^\0-\x7f].{0,40}/u.exec(readFileSync(script, 'utf8'))?.[0];
  if (found !== undefined) throw new Error(`the code of a snapshot must be ASCII; write the character as an escape: ${found}`);
}

// Our modules only declare: one that nobody names can be left out with its schemas.
const ownModulesWithoutEffects: Plugin = {
  name: 'own-modules-without-effects',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^(?:@lib\/|\.)/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === 'resolved') return undefined;
      const found = await bundler.resolve(path, { importer, resolveDir, kind, pluginData: 'resolved' });
      return found.path.startsWith(join(root, 'libs')) ? { path: found.path, sideEffects: false } : undefined;
    });
  },
};

/** What packages do when they are loaded and a snapshot cannot hold: file, the words, and what they become. Words that are gone fail the build. */
const replacements = [
  {
    file: /web-tree-sitter\/web-tree-sitter\.js$/,
    words: 'const { createRequire } = await import("module");\n    var require = createRequire(import.meta.url);',
    instead: 'var require = process.getBuiltinModule;', // nothing is imported when a snapshot has come alive
  },
  {
    file: /packageurl-js\/src\/strings\.js$/,
    words: 'new Intl.Collator()',
    // made at the first use after the start; while the snapshot is built, only constant names in plain letters are sorted
    instead:
      "{ compare: (a, b) => require('node:v8').startupSnapshot.isBuildingSnapshot() ? Number(a > b) - Number(a < b) : (localeCompare.collator ??= new Intl.Collator()).compare(a, b) }",
  },
] as const;

const patches: Plugin = {
  name: 'patches',
  setup: (bundler) => {
    bundler.onLoad({ filter: /oxc-parser\/src-js\/bindings\.js$/ }, () => ({
      contents: "export * from './sandbox/run/parser-binding.ts';",
      resolveDir: root,
    }));
    // the one name holds everything that zod has, used or not
    bundler.onLoad({ filter: /\/libs\/.*\.ts$/ }, ({ path }): OnLoadResult => ({
      contents: readFileSync(path, 'utf8').replace("import { z } from 'zod';", "import * as z from 'zod';"),
      loader: 'ts',
    }));
    // sentences of error messages in fifty languages, of which English is used
    bundler.onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
      loader: 'js',
    }));
    for (const { file, words, instead } of replacements) {
      bundler.onLoad({ filter: file }, ({ path }): OnLoadResult => {
        const text = readFileSync(path, 'utf8');
        if (!text.includes(words)) throw new Error(`${path} no longer says ${words}`);
        return { contents: text.replace(words, instead), loader: 'js' };
      });
    }
  },
};
