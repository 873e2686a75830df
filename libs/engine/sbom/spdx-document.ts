import { billedPackages, isIncomplete, type Bill, type BilledPackage } from './bill.ts';
import { licenceOf } from './licence.ts';

const documentId = 'SPDXRef-DOCUMENT';
const subjectId = 'SPDXRef-Subject';
const unknown = 'NOASSERTION';

/**
 * A bill of materials as SPDX 2.3 in JSON: one package for the project and one for each that it resolves, with the relationships between
 * them. Nothing is concluded: licences are as files declare them. Pure. Source: spdx.github.io/spdx-spec/v2.3.
 */
export function spdxDocument(bill: Bill) {
  const packages = billedPackages(bill.components);
  const ids = new Map(packages.map(({ purl }, index) => [purl, `SPDXRef-Package-${index + 1}`]));
  const idOf = (purl: string): string => ids.get(purl) ?? unknown;
  return {
    spdxVersion: 'SPDX-2.3' as const,
    dataLicense: 'CC0-1.0' as const,
    SPDXID: documentId,
    name: bill.subject,
    documentNamespace: `urn:uuid:${bill.documentId}`,
    creationInfo: {
      created: bill.createdAt,
      creators: [`Tool: Aegis-${bill.tool.version}`],
      ...(isIncomplete(bill.certificate)
        ? { comment: 'Incomplete: some files could not be read, or ask for what only a registry could say.' }
        : {}),
    },
    packages: [subjectOf(bill), ...packages.map((found) => packageOf(found, idOf(found.purl)))],
    relationships: [relationship(documentId, 'DESCRIBES', subjectId), ...packages.flatMap((found) => relationshipsOf(found, ids))],
  };
}

function subjectOf({ subject, certificate }: Bill) {
  return {
    name: subject,
    SPDXID: subjectId,
    downloadLocation: unknown,
    filesAnalyzed: false,
    primaryPackagePurpose: 'APPLICATION' as const,
    comment: `SHA-256 of the list of files: ${certificate.treeSha256}`,
  };
}

function packageOf({ purl, name, version, license, paths }: BilledPackage, id: string) {
  return {
    name,
    SPDXID: id,
    ...(version === '' ? {} : { versionInfo: version }),
    downloadLocation: unknown,
    filesAnalyzed: false,
    primaryPackagePurpose: 'LIBRARY' as const,
    sourceInfo: `resolved in ${paths.join(', ')}`,
    licenseConcluded: unknown,
    ...declared(license),
    copyrightText: unknown,
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER' as const, referenceType: 'purl' as const, referenceLocator: purl }],
  };
}

function declared(license: string | undefined) {
  if (license === undefined) return { licenseDeclared: unknown };
  const licence = licenceOf(license);
  if (licence.kind === 'words') return { licenseDeclared: unknown, licenseComments: `The file says: ${licence.words}` };
  return { licenseDeclared: licence.kind === 'id' ? licence.id : licence.expression };
}

function relationshipsOf({ purl, direct, dev, dependsOn }: BilledPackage, ids: ReadonlyMap<string, string>) {
  const own = ids.get(purl) ?? unknown;
  const asked = dev ? relationship(own, 'DEV_DEPENDENCY_OF', subjectId) : relationship(subjectId, 'DEPENDS_ON', own);
  return [
    ...(direct === false ? [] : [asked]), // where no file says who asks for it, the project does
    ...dependsOn.flatMap((needed) => {
      const id = ids.get(needed);
      return id === undefined ? [] : [relationship(own, 'DEPENDS_ON', id)];
    }),
  ];
}

function relationship(
  spdxElementId: string,
  relationshipType: 'DESCRIBES' | 'DEPENDS_ON' | 'DEV_DEPENDENCY_OF',
  relatedSpdxElement: string,
) {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}
