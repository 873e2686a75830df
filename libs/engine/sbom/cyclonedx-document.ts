import { billedPackages, isIncomplete, type Bill, type BilledPackage } from './bill.ts';
import { licenceOf } from './licence.ts';

const subjectRef = 'subject';

/**
 * A bill of materials as CycloneDX 1.6 in JSON. Packages that development alone needs have the scope `excluded`; each says which files
 * resolve it. What is known to be missing is said in `compositions`. Pure. Source: cyclonedx.org/docs/1.6/json.
 */
export function cycloneDxDocument(bill: Bill) {
  const packages = billedPackages(bill.components);
  const known = new Set(packages.map(({ purl }) => purl));
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX' as const,
    specVersion: '1.6' as const,
    serialNumber: `urn:uuid:${bill.documentId}`,
    version: 1,
    metadata: {
      timestamp: bill.createdAt,
      tools: { components: [{ type: 'application' as const, name: 'Aegis', version: bill.tool.version }] },
      component: { type: 'application' as const, 'bom-ref': subjectRef, name: bill.subject },
      properties: [{ name: 'aegis:tree:sha256', value: bill.certificate.treeSha256 }],
    },
    components: packages.map(componentOf),
    dependencies: [
      { ref: subjectRef, dependsOn: packages.filter(({ direct }) => direct === true).map(({ purl }) => purl) },
      ...packages.map(({ purl, dependsOn }) => ({ ref: purl, dependsOn: dependsOn.filter((needed) => known.has(needed)) })),
    ],
    compositions: [
      { aggregate: isIncomplete(bill.certificate) ? ('incomplete' as const) : ('unknown' as const), assemblies: [subjectRef] },
    ],
  };
}

function componentOf({ purl, name, version, license, dev, paths }: BilledPackage) {
  return {
    type: 'library' as const,
    'bom-ref': purl,
    name,
    version,
    scope: dev ? ('excluded' as const) : ('required' as const),
    ...(license === undefined ? {} : { licenses: [licenseOf(license)] }),
    purl,
    evidence: { occurrences: paths.map((location) => ({ location })) },
  };
}

function licenseOf(text: string) {
  const licence = licenceOf(text);
  if (licence.kind === 'expression') return { expression: licence.expression };
  return { license: licence.kind === 'id' ? { id: licence.id } : { name: licence.words } };
}
