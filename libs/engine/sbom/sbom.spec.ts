import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Component, CoverageCertificate } from '@lib/contract';
import type { Bill } from './bill.ts';
import { cycloneDxDocument } from './cyclonedx-document.ts';
import { licenceOf } from './licence.ts';
import { spdxDocument } from './spdx-document.ts';

const schemas = join(import.meta.dirname, '../../../node_modules/@cyclonedx/cyclonedx-library/res/schema');
const schema = (name: string): object => JSON.parse(readFileSync(join(schemas, `${name}.SNAPSHOT.schema.json`), 'utf8')) as object;
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs'])
  ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
const isCycloneDx = ajv.compile(schema('bom-1.6'));

const certificate: CoverageCertificate = {
  complete: true,
  filesInTree: 3,
  bytesInTree: 100,
  treeSha256: 'a'.repeat(64),
  analyzers: [],
  counts: {},
  entries: [],
  sandbox: {
    launcher: 'native',
    noNewPrivileges: true,
    landlockAbi: 5,
    seccompStage1: true,
    seccompStage2: true,
    bubblewrap: false,
    unprivilegedUser: true,
    cgroup: false,
  },
};

const express: Component = {
  purl: 'pkg:npm/express@4.19.2',
  name: 'express',
  version: '4.19.2',
  path: 'package-lock.json',
  license: 'MIT',
  direct: true,
  dev: false,
  dependsOn: ['pkg:npm/ms@2.0.0'],
};
const ms: Component = {
  purl: 'pkg:npm/ms@2.0.0',
  name: 'ms',
  version: '2.0.0',
  path: 'package-lock.json',
  direct: false,
  dev: false,
  dependsOn: [],
};
const linter: Component = {
  purl: 'pkg:pypi/ruff@0.5.0',
  name: 'ruff',
  version: '0.5.0',
  path: 'api/uv.lock',
  license: 'see the file LICENSE',
  direct: true,
  dev: true,
  dependsOn: ['pkg:pypi/gone@1.0.0'],
};

function bill(components: readonly Component[], more: Partial<Bill> = {}): Bill {
  return {
    components,
    certificate,
    subject: 'shop',
    tool: { version: '0.1.0' },
    createdAt: '2026-08-21T10:00:00Z',
    documentId: '5d0c1b3e-7f8a-4b9c-8d1e-2f3a4b5c6d7e',
    ...more,
  };
}

describe('a bill of materials in CycloneDX', () => {
  it.each([
    ['several packages', bill([express, ms, linter])],
    ['none', bill([])],
    [
      'names of every alphabet and any signs',
      bill([{ ...ms, purl: 'pkg:npm/%40a/b%20c@1', name: '<é\u202e"\\', version: '', license: '(MIT OR' }]),
    ],
    ['an expression', bill([{ ...ms, license: '(MIT OR Apache-2.0) AND BSD-3-Clause' }])],
  ])('of_%s_fits_the_schema_of_1_6', (_, of) => {
    expect(isCycloneDx(cycloneDxDocument(of)), JSON.stringify(isCycloneDx.errors)).toBe(true);
  });

  it('the_check_itself_refuses_what_the_schema_does_not_have', () => {
    expect(isCycloneDx({ ...cycloneDxDocument(bill([express])), specVersion: '1.6', colour: 'red' })).toBe(false);
  });

  it('a_package_of_several_files_is_one_component_that_names_them', () => {
    const { components } = cycloneDxDocument(bill([ms, { ...ms, path: 'web/package-lock.json', license: 'MIT', dev: true }]));
    expect(components).toHaveLength(1);
    expect(components[0]).toMatchObject({
      scope: 'required',
      licenses: [{ license: { id: 'MIT' } }],
      evidence: { occurrences: [{ location: 'package-lock.json' }, { location: 'web/package-lock.json' }] },
    });
  });

  it('edges_go_from_the_project_over_what_it_asks_for_and_name_nothing_that_is_not_there', () => {
    const { dependencies } = cycloneDxDocument(bill([express, ms, linter]));
    expect(dependencies).toEqual([
      { ref: 'subject', dependsOn: ['pkg:npm/express@4.19.2', 'pkg:pypi/ruff@0.5.0'] },
      { ref: 'pkg:npm/express@4.19.2', dependsOn: ['pkg:npm/ms@2.0.0'] },
      { ref: 'pkg:npm/ms@2.0.0', dependsOn: [] },
      { ref: 'pkg:pypi/ruff@0.5.0', dependsOn: [] },
    ]);
  });

  it('a_tree_that_was_not_read_whole_is_said_to_be_incomplete', () => {
    const of = (more: Partial<CoverageCertificate>) =>
      cycloneDxDocument(bill([ms], { certificate: { ...certificate, ...more } })).compositions[0]?.aggregate;
    expect([of({}), of({ complete: false }), of({ counts: { unresolved: 1 } })]).toEqual(['unknown', 'incomplete', 'incomplete']);
  });

  it('the_order_of_files_does_not_change_the_document', () => {
    expect(cycloneDxDocument(bill([linter, ms, express]))).toEqual(cycloneDxDocument(bill([express, ms, linter])));
  });
});

// Our reading of SPDX 2.3, clauses 6, 7 and 11: what is there has that form, and nothing else is there.
const spdxId = z.string().regex(/^SPDXRef-[A-Za-z0-9.-]+$/u);
const isSpdx = z.strictObject({
  spdxVersion: z.literal('SPDX-2.3'),
  dataLicense: z.literal('CC0-1.0'),
  SPDXID: z.literal('SPDXRef-DOCUMENT'),
  name: z.string().min(1),
  documentNamespace: z.url().refine((uri) => !uri.includes('#')),
  creationInfo: z.strictObject({
    created: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u),
    creators: z.array(z.string().regex(/^(?:Tool|Person|Organization): /u)).min(1),
    comment: z.string().optional(),
  }),
  packages: z.array(
    z.strictObject({
      name: z.string().min(1),
      SPDXID: spdxId,
      versionInfo: z.string().optional(),
      downloadLocation: z.string(),
      filesAnalyzed: z.literal(false), // else a verification code is mandatory
      primaryPackagePurpose: z.enum(['APPLICATION', 'LIBRARY']),
      comment: z.string().optional(),
      sourceInfo: z.string().optional(),
      licenseConcluded: z.string().optional(),
      licenseDeclared: z.string().optional(),
      licenseComments: z.string().optional(),
      copyrightText: z.string().optional(),
      externalRefs: z
        .array(
          z.strictObject({
            referenceCategory: z.literal('PACKAGE-MANAGER'),
            referenceType: z.literal('purl'),
            referenceLocator: z.string().startsWith('pkg:').regex(/^\S+$/u),
          }),
        )
        .optional(),
    }),
  ),
  relationships: z.array(
    z.strictObject({
      spdxElementId: spdxId,
      relationshipType: z.enum(['DESCRIBES', 'DEPENDS_ON', 'DEV_DEPENDENCY_OF']),
      relatedSpdxElement: spdxId,
    }),
  ),
});

describe('a bill of materials in SPDX', () => {
  const document = spdxDocument(bill([express, ms, linter]));

  it.each([bill([express, ms, linter]), bill([]), bill([{ ...ms, version: '' }], { certificate: { ...certificate, complete: false } })])(
    'has_the_parts_of_2_3_in_their_form_and_no_others',
    (of) => {
      expect(isSpdx.safeParse(spdxDocument(of)).error).toBeUndefined();
    },
  );

  it('every_relationship_is_between_elements_of_the_document_and_ids_are_unique', () => {
    const ids = [document.SPDXID, ...document.packages.map(({ SPDXID }) => SPDXID)];
    expect(new Set(ids).size).toBe(ids.length);
    for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
      expect(ids).toContain(spdxElementId);
      expect(ids).toContain(relatedSpdxElement);
    }
  });

  it('what_only_development_needs_is_told_apart_from_what_the_project_needs', () => {
    expect(
      document.relationships.map(({ spdxElementId, relationshipType, relatedSpdxElement }) => [
        spdxElementId,
        relationshipType,
        relatedSpdxElement,
      ]),
    ).toEqual([
      ['SPDXRef-DOCUMENT', 'DESCRIBES', 'SPDXRef-Subject'],
      ['SPDXRef-Subject', 'DEPENDS_ON', 'SPDXRef-Package-1'],
      ['SPDXRef-Package-1', 'DEPENDS_ON', 'SPDXRef-Package-2'],
      ['SPDXRef-Package-3', 'DEV_DEPENDENCY_OF', 'SPDXRef-Subject'],
    ]);
  });

  it('a_licence_that_is_none_of_the_list_is_kept_as_words_and_not_asserted', () => {
    expect(document.packages.map((found) => ('licenseDeclared' in found ? found.licenseDeclared : undefined))).toEqual([
      undefined,
      'MIT',
      'NOASSERTION',
      'NOASSERTION',
    ]);
    expect(document.packages.at(-1)).toMatchObject({ licenseComments: 'The file says: see the file LICENSE' });
  });

  it('a_tree_that_was_not_read_whole_is_said_to_be_incomplete', () => {
    const broken = spdxDocument(bill([ms], { certificate: { ...certificate, complete: false } }));
    expect(broken.creationInfo.comment).toMatch(/^Incomplete/u);
    expect(document.creationInfo.comment).toBeUndefined();
  });
});

describe('licenceOf', () => {
  it.each([
    ['MIT', { kind: 'id', id: 'MIT' }],
    ['MIT OR Apache-2.0', { kind: 'expression', expression: 'MIT OR Apache-2.0' }],
    ['GPL-2.0-only WITH Classpath-exception-2.0', { kind: 'expression', expression: 'GPL-2.0-only WITH Classpath-exception-2.0' }],
    ['SEE LICENSE IN COPYING', { kind: 'words', words: 'SEE LICENSE IN COPYING' }],
    ['LicenseRef-ours', { kind: 'words', words: 'LicenseRef-ours' }],
    ['UNLICENSED', { kind: 'words', words: 'UNLICENSED' }],
    ['((', { kind: 'words', words: '((' }],
  ])('%s_is_read_as_what_it_is', (text, licence) => {
    expect(licenceOf(text)).toEqual(licence);
  });

  it('a_licence_of_many_brackets_ends_quickly', () => {
    expect(licenceOf('('.repeat(300)).kind).toBe('words');
  });
});
