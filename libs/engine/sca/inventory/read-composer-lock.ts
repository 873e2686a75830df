import posix from 'node:path/posix';
import { err, ok } from '@lib/kernel';
import type { InventoryReader, LockedPackage, RootRequest, Surroundings } from '../dependency.ts';
import { parseLocatedJson } from '../syntax/located-json.ts';
import { asList, asTable, asText } from '../syntax/loose-value.ts';
import { devMark, inventoryOf } from './inventory-of.ts';

/** composer.lock; what was asked for directly is in the composer.json beside it. Source: getcomposer.org/doc. */
export const readComposerLock: InventoryReader = (source, around) => {
  const json = parseLocatedJson(source.text);
  const lock = asTable(json?.value);
  if (json === undefined || !Array.isArray(lock['packages'])) return err({ code: 'syntax_error', detail: 'not a composer.lock' });
  const packages = ['packages', 'packages-dev'].flatMap((group) =>
    asList(lock[group]).flatMap((value): readonly LockedPackage[] => {
      const entry = asTable(value);
      const [name, version] = [asText(entry['name'])?.toLowerCase(), asText(entry['version'])];
      if (name === undefined || version === undefined) return [];
      const license = asList(entry['license']).flatMap((item) => asText(item) ?? []);
      const startLine = json.linesOf(value)?.startLine ?? 1;
      return [
        {
          ecosystem: 'Packagist',
          name,
          version: version.replace(/^v(?=\d)/u, ''),
          id: name,
          startLine,
          endLine: startLine + 2, // the name and the version stand first
          dependsOn: Object.keys(asTable(entry['require'])).map((needed) => needed.toLowerCase()),
          ...devMark(group === 'packages-dev'),
          ...(license.length === 0 ? {} : { license: license.join(' OR ') }),
        },
      ];
    }),
  );
  return ok(inventoryOf(packages, requestsOf(around)));
};

function requestsOf({ path, read }: Surroundings): readonly RootRequest[] | undefined {
  const source = read(posix.join(posix.dirname(path), 'composer.json'));
  const manifest = source === undefined ? undefined : parseLocatedJson(source.text);
  if (manifest === undefined) return undefined;
  const group = (key: string, dev: boolean) =>
    Object.keys(asTable(asTable(manifest.value)[key])).map((name) => ({ id: name.toLowerCase(), dev }));
  return [...group('require', false), ...group('require-dev', true)];
}
