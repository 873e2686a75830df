// npm leaves optional packages of other platforms out of package-lock.json when it cannot load them, and `npm ci` then refuses the
// file on every machine. This adds them: `node tools/complete-lock.mjs [--check]`. Their versions are exact in the package that names
// them; their digests are filled in by npm where they are installed for the first time.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(import.meta.dirname, '../package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const added = [];

for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (!/^\d/u.test(version) || isLocked(path, name, version)) continue;
    const top = `node_modules/${name}`;
    const place = top in lock.packages ? `${path}/node_modules/${name}` : top;
    lock.packages[place] = { version, ...platformOf(name), optional: true, ...(entry.dev === true ? { dev: true } : {}) };
    added.push(`${place} ${version}`);
  }
}
if (process.argv.includes('--check')) {
  process.exitCode = added.length === 0 ? 0 : 1;
} else if (added.length > 0) {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}
for (const line of added) console.log(line);

// As Node resolves: in the package's own folder, then in each one around it.
function isLocked(path, name, version) {
  for (let folder = path; ; folder = folder.replace(/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$/u, '')) {
    const found = lock.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`];
    if (found !== undefined) return found.version === version;
    if (folder === '') return false;
  }
}

// The names of such packages say their platform; npm skips a platform that is not its own.
function platformOf(name) {
  const words = name.split('/').at(-1).split('-');
  const pick = (known) => known.find((word) => words.includes(word));
  const os = pick(['android', 'darwin', 'freebsd', 'netbsd', 'openbsd', 'openharmony', 'linux', 'win32', 'sunos', 'aix']);
  const cpu = pick(['arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64', 'wasm32', 'loong64', 'mips64el']);
  if (os === undefined && cpu === undefined) throw new Error(`the platform of ${name} is not in its name`);
  return { ...(os === undefined ? {} : { os: [os] }), ...(cpu === undefined ? {} : { cpu: [cpu] }) };
}
