import posix from 'node:path/posix';

/** The file that a module name means, from the file that imports it: relative by its dots, else below any folder around that file. */
export function locatePythonModule(paths: ReadonlySet<string>, specifier: string, fromPath: string): string | undefined {
  const name = specifier.replace(/^py:/u, '');
  const [dots = ''] = /^\.*/u.exec(name) ?? [];
  const rest = name.slice(dots.length).replaceAll('.', '/');
  let folder = posix.dirname(fromPath);
  if (dots !== '') {
    for (let up = 1; up < dots.length; up++) folder = posix.dirname(folder);
    return fileOf(paths, posix.join(folder, rest));
  }
  for (;;) {
    const found = fileOf(paths, folder === '.' ? rest : `${folder}/${rest}`);
    if (found !== undefined || folder === '.') return found;
    folder = posix.dirname(folder);
  }
}

function fileOf(paths: ReadonlySet<string>, base: string): string | undefined {
  return [`${base}.py`, `${base}/__init__.py`].find((path) => paths.has(path));
}
