import { parseLocatedJson } from '../syntax/located-json.ts';
import { asTable, asText } from '../syntax/loose-value.ts';

/** Ecosystems whose sources are looked at. */
export type SourceKind = 'npm' | 'PyPI';

/** A name that a text mentions as code does, and the offset of it. Units: UTF-16 code units. */
export type Mention = { readonly name: string; readonly offset: number };

// Every string that could be a package or a path in one. Not the import statement alone: plugins, presets and view engines are named by
// strings too, and who is told that nothing uses a package must be able to rely on it.
const quoted = /(["'`])(?:[^"'`\n]{0,200}?node_modules\/)?((?:@[\w.~-]{1,100}\/)?[\w.~-]{1,214})(?:\/[^"'`\n]{0,300})?\1/gu;

/** Packages of npm that a text of JavaScript or TypeScript may load, by every string that has the form of one. Linear. */
export function npmNames(text: string): readonly Mention[] {
  return [...text.matchAll(quoted)].map((match) => ({ name: match[2] ?? '', offset: match.index }));
}

/** Packages that a package.json starts by name in its scripts: each word of them. Undefined values are no scripts. */
export function scriptNames(text: string): readonly Mention[] {
  const scripts = Object.values(asTable(asTable(parseLocatedJson(text)?.value)['scripts'])).flatMap((script) => asText(script) ?? []);
  const words = new Set(scripts.flatMap((script) => script.split(/[\s&|;()"']{1,20}/u)));
  return [...words].map((name) => ({ name, offset: Math.max(0, text.indexOf('"scripts"')) }));
}

const statement = /^[ \t]{0,200}(?:import[ \t]{1,20}([\w. \t,]{1,2000})|from[ \t]{1,20}(\w[\w.]{0,300})[ \t]{1,20}import\b)/gmu;
const byName = /\b(?:import_module|__import__)\s{0,20}\(\s{0,20}["'](\w[\w.]{0,300})["']/gu;
const setting = /["'](\w{1,100}(?:\.\w{1,100}){0,20})["']/gu; // INSTALLED_APPS, middleware, handlers: modules that a framework loads

/** Modules that a text of Python imports or names as a framework would, each by all of its prefixes (`a.b` is `a` and `a.b`). Linear. */
export function pythonModules(text: string): readonly Mention[] {
  const imported = [...text.matchAll(statement)].flatMap(({ 1: list, 2: from, index }) =>
    (from ?? list ?? '').split(',').map((part) => ({ name: part.trim().split(/\s/u)[0] ?? '', offset: index })),
  );
  const named = [...text.matchAll(byName), ...text.matchAll(setting)].map((match) => ({ name: match[1] ?? '', offset: match.index }));
  return [...imported, ...named].flatMap(({ name, offset }) => prefixesOf(name).map((prefix) => ({ name: prefix, offset })));
}

function prefixesOf(module: string): readonly string[] {
  const parts = module.split('.').slice(0, 5);
  return parts.map((_, index) => parts.slice(0, index + 1).join('.')).filter((name) => name !== '');
}
