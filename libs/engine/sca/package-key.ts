import type { Ecosystem } from './dependency.ts';
import { normalPython } from './inventory/python-names.ts';

/** A package's name as it is looked up: by the ecosystem's own rule of which names are the same. */
export function packageKey(ecosystem: Ecosystem, name: string): string {
  if (ecosystem === 'PyPI') return normalPython(name);
  return ecosystem === 'NuGet' || ecosystem === 'Packagist' ? name.toLowerCase() : name;
}
