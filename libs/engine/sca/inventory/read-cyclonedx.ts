import { err, ok } from '@lib/kernel';
import type { InventoryReader, LockedPackage, RootRequest, Unresolved } from '../dependency.ts';
import { namedByPackageUrl } from '../package-url.ts';
import { parseLocatedJson, type LocatedJson } from '../syntax/located-json.ts';
import { asList, asTable, asText, type Table } from '../syntax/loose-value.ts';
import { devMark, inventoryOf } from './inventory-of.ts';

/**
 * A bill of materials in CycloneDX's JSON form, 1.2 to 1.7. Components are known by their package URL; what has none, or one of an
 * ecosystem that is not compared, is said to be unresolved. Source: cyclonedx.org/docs/1.6/json.
 */
export const readCycloneDx: InventoryReader = (source, around) => {
  const json = parseLocatedJson(source.text);
  const bom = asTable(json?.value);
  if (json === undefined) return err({ code: 'syntax_error', detail: 'not JSON' });
  if (bom['bomFormat'] !== 'CycloneDX') {
    // `bom.json` may be anybody's; the other name is CycloneDX's own
    return around.path.endsWith('.cdx.json') ? err({ code: 'syntax_error', detail: 'not CycloneDX' }) : ok(inventoryOf([]));
  }
  const components = nested(bom['components']);
  const needs = new Map(asList(bom['dependencies']).map((value) => edgesOf(asTable(value))));
  const packages = components.flatMap((value) => packageOf(json, value, needs));
  const root = asText(asTable(asTable(bom['metadata'])['component'])['bom-ref']);
  const asked = root === undefined ? undefined : needs.get(root);
  const roots = asked?.map((id): RootRequest => ({ id, dev: false }));
  return ok(inventoryOf(packages, roots, unknown(components, packages.length)));
};

type Needs = ReadonlyMap<string, readonly string[]>;

function edgesOf(entry: Table): readonly [string, readonly string[]] {
  return [asText(entry['ref']) ?? '', asList(entry['dependsOn']).flatMap((ref) => asText(ref) ?? [])];
}

// Components may hold components: an application with its packages inside.
function nested(list: unknown): readonly unknown[] {
  const found: unknown[] = [];
  const open: unknown[] = [...asList(list)].toReversed();
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    found.push(value);
    open.push(...[...asList(asTable(value)['components'])].toReversed());
  }
  return found;
}

function packageOf(json: LocatedJson, value: unknown, needs: Needs): readonly LockedPackage[] {
  const entry = asTable(value);
  const purl = asText(entry['purl']) ?? '';
  const named = namedByPackageUrl(purl);
  if (named === undefined) return [];
  const id = asText(entry['bom-ref']) ?? purl;
  const startLine = json.linesOf(value)?.startLine ?? 1;
  const license = licenseOf(entry);
  return [
    {
      ...named,
      id,
      startLine,
      endLine: startLine,
      dependsOn: needs.get(id) ?? [],
      ...devMark(entry['scope'] === 'excluded'),
      ...(license === undefined ? {} : { license }),
    },
  ];
}

function licenseOf(entry: Table): string | undefined {
  const said = asList(entry['licenses']).flatMap((item) => {
    const license = asTable(asTable(item)['license']);
    return asText(asTable(item)['expression']) ?? asText(license['id']) ?? asText(license['name']) ?? [];
  });
  return said.length === 0 ? undefined : said.join(' AND ');
}

function unknown(components: readonly unknown[], known: number): readonly Unresolved[] {
  const count = components.length - known;
  if (count === 0) return [];
  return [{ line: 1, detail: `${count} of ${components.length} components have no package URL with a version that is compared here` }];
}
