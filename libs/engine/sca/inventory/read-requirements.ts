import posix from 'node:path/posix';
import type { SourceText } from '@lib/engine/sdk';
import { ok } from '@lib/kernel';
import type { InventoryReader, LockedPackage, RootRequest, Surroundings, Unresolved } from '../dependency.ts';
import { devMark, inventoryOf } from './inventory-of.ts';
import { pythonRequirement } from './python-names.ts';

/** Names by which requirements files go; others are read where one of these includes them. */
export const requirementsPath =
  /(?:^|\/)(?:[\w.-]*(?:requirements?|constraints)[\w.-]*\.(?:txt|in|pip)|requirements\/[\w./-]+\.(?:txt|in|pip))$/iu;

/**
 * requirements.txt: pins, with what `-c` pins for them; `-r` files of other names are said to be missing when they are not in the tree.
 * Files by pip-compile and `uv export` say who asked (`# via`), which makes a package direct or not. Source: pip.pypa.io/requirements-file-format.
 */
export const readRequirements: InventoryReader = (source, around) => {
  if (isConstraints(around.path)) return ok(inventoryOf([])); // what may be installed, not what is
  const found = new Map<string, LockedPackage>();
  const unresolved: Unresolved[] = [];
  const roots: RootRequest[] = [];
  const lines = logicalLines(source);
  const constraints = constraintsOf(lines, around, unresolved);
  const annotated = lines.some(({ via }) => via.length > 0);
  const dev = /(?:^|[/._-])(?:dev|test|tests|lint|docs?|ci)(?:[/._-]|$)/iu.test(around.path);
  for (const { line, text, via } of lines) {
    const requirement = text.startsWith('-') ? undefined : pythonRequirement(text);
    if (requirement === undefined) continue;
    const version = requirement.pin ?? constraints.get(requirement.name);
    if (version === undefined || version.includes('*')) {
      unresolved.push({ line, detail: `${requirement.name} ${requirement.specifier}`.trim() });
      continue;
    }
    const id = requirement.name;
    const users = via.map((user) => pythonRequirement(user)?.name ?? user);
    found.set(id, { ecosystem: 'PyPI', name: id, version, id, startLine: line, endLine: line, dependsOn: [], ...devMark(dev) });
    if (!annotated || users.some((user) => user.startsWith('-r'))) roots.push({ id, dev });
  }
  return ok(inventoryOf(withUsers([...found.values()], lines), roots, unresolved));
};

type Logical = { readonly line: number; readonly text: string; readonly via: readonly string[] };

// A backslash continues a line; comment lines below a requirement that begin with `# via` belong to it.
function logicalLines(source: SourceText): readonly Logical[] {
  const found: { line: number; text: string; via: string[] }[] = [];
  let [open, inVia] = [false, false];
  for (let line = 1; line <= source.lineCount; line++) {
    const raw = source.line(line);
    const text = raw.replace(/(?:^|\s)#.*$/u, '').trim();
    const last = found.at(-1);
    const users = /^\s*#/u.test(raw) && last !== undefined ? usersOf(raw, inVia) : undefined;
    if (users !== undefined) last?.via.push(...users);
    else if (open && last !== undefined) last.text += ` ${text}`;
    else if (text !== '') found.push({ line, text, via: [...(usersOf(raw.slice(Math.max(0, raw.indexOf('#'))), false) ?? [])] });
    inVia = users !== undefined;
    open = text.endsWith('\\');
  }
  return found.map(({ line, text, via }) => ({ line, text: text.replaceAll('\\', ' ').trim(), via }));
}

// `# via a, b`, or `# via` with one user a line after it.
function usersOf(comment: string, goesOn: boolean): readonly string[] | undefined {
  const [, via, rest = ''] = /^\s*#\s*(via\b)?\s*(.*)$/u.exec(comment) ?? [];
  if (via === undefined && !goesOn) return undefined;
  return rest.split(',').flatMap((user) => (user.trim() === '' ? [] : [user.trim()]));
}

function withUsers(packages: readonly LockedPackage[], lines: readonly Logical[]): readonly LockedPackage[] {
  const needed = new Map<string, string[]>();
  for (const { text, via } of lines) {
    const name = pythonRequirement(text)?.name;
    for (const user of name === undefined ? [] : via) {
      const key = pythonRequirement(user)?.name ?? user;
      needed.set(key, [...(needed.get(key) ?? []), name ?? '']);
    }
  }
  return packages.map((found) => ({ ...found, dependsOn: needed.get(found.name) ?? [] }));
}

function constraintsOf(lines: readonly Logical[], around: Surroundings, unresolved: Unresolved[]): ReadonlyMap<string, string> {
  const pins = new Map<string, string>();
  for (const { line, text } of lines) {
    const [, option, file] = /^(-c|--constraint|-r|--requirement)[\s=]+(\S+)/u.exec(text) ?? [];
    if (option === undefined || file === undefined || /^[a-z]+:\/\//u.test(file)) continue;
    const included = around.read(posix.join(posix.dirname(around.path), file));
    if (included === undefined) unresolved.push({ line, detail: `${option} ${file} is not in the tree` });
    else if (option.startsWith('-c') || option === '--constraint') {
      for (const { text: pinned } of logicalLines(included)) {
        const requirement = pythonRequirement(pinned);
        if (requirement?.pin !== undefined) pins.set(requirement.name, requirement.pin);
      }
    }
  }
  return pins;
}

function isConstraints(path: string): boolean {
  return /constraints?[^/]*$/iu.test(path);
}
