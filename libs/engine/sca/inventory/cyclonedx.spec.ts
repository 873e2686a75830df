import { describe, expect, it } from 'vitest';
import { read, said } from './inventory.spec-support.ts';

const component = (name: string, version: string, more: object = {}) => ({
  type: 'library',
  'bom-ref': name,
  name,
  version,
  purl: `pkg:npm/${name}@${version}`,
  ...more,
});
const bom = (more: object): string => JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.6', ...more }, undefined, 1);

describe('a bill of materials in CycloneDX', () => {
  it('components_are_packages_with_their_place_and_the_way_from_the_project', () => {
    const text = bom({
      metadata: { component: { 'bom-ref': 'app', name: 'app' } },
      components: [component('express', '4.19.2'), component('ms', '2.0.0')],
      dependencies: [
        { ref: 'app', dependsOn: ['express'] },
        { ref: 'express', dependsOn: ['ms'] },
      ],
    });
    expect(said({ 'bom.json': text })).toEqual(['express 4.19.2 :11 direct', 'ms 2.0.0 :18 express>ms']);
  });

  it('names_of_every_ecosystem_are_as_their_ecosystem_compares_them', () => {
    const purls = [
      'pkg:npm/%40angular/core@17.0.0',
      'pkg:pypi/Flask-SQLAlchemy@2.5.1',
      'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1?type=jar',
      'pkg:golang/golang.org/x/text@v0.3.7',
      'pkg:gem/rails@7.0.0',
      'pkg:cargo/time@0.1.44',
      'pkg:composer/Symfony/HTTP-kernel@5.4.0',
      'pkg:nuget/Newtonsoft.Json@12.0.1',
    ];
    const inventory = read({ 'sbom.cdx.json': bom({ components: purls.map((purl) => ({ purl })) }) });
    expect('packages' in inventory ? inventory.packages.map(({ ecosystem, name }) => `${ecosystem} ${name}`) : inventory).toEqual([
      'npm @angular/core',
      'PyPI flask-sqlalchemy',
      'Maven org.apache.logging.log4j:log4j-core',
      'Go golang.org/x/text',
      'RubyGems rails',
      'crates.io time',
      'Packagist symfony/http-kernel',
      'NuGet newtonsoft.json',
    ]);
  });

  it('what_is_of_no_ecosystem_that_is_compared_or_has_no_version_is_said_to_be_unresolved', () => {
    const text = bom({
      components: [component('ms', '2.0.0'), { purl: 'pkg:deb/debian/curl@7.50' }, { purl: 'pkg:npm/a' }, { name: 'own' }, 7],
    });
    expect(said({ 'a.cdx.json': text })).toEqual([
      'ms 2.0.0 :5 ?',
      'unresolved :1 4 of 5 components have no package URL with a version that is compared here',
    ]);
  });

  it('components_within_components_scopes_and_licences_are_read', () => {
    const inner = component('ms', '2.0.0', { scope: 'excluded', licenses: [{ license: { id: 'MIT' } }, { expression: 'ISC OR 0BSD' }] });
    const inventory = read({ 'bom.json': bom({ components: [{ type: 'application', name: 'app', components: [inner] }] }) });
    expect('packages' in inventory && inventory.packages).toMatchObject([{ name: 'ms', dev: true, license: 'MIT AND ISC OR 0BSD' }]);
  });

  it('a_file_of_that_name_that_is_something_else_says_nothing_and_one_that_claims_to_be_it_is_broken', () => {
    expect(said({ 'bom.json': '{"parts":[1]}' })).toEqual([]);
    expect(said({ 'bom.json': '{' })).toEqual(['syntax_error: not JSON']);
    expect(said({ 'a.cdx.json': '{"parts":[1]}' })).toEqual(['syntax_error: not CycloneDX']);
  });

  it.each([
    ['components', '"x"'],
    ['components', '[[[]]]'],
    ['dependencies', '[{"ref":{}}]'],
    ['metadata', '[]'],
  ])('%s_of_%s_is_no_crash', (key, value) => {
    expect(said({ 'bom.json': `{"bomFormat":"CycloneDX","${key}":${value}}` }).filter((line) => !line.startsWith('unresolved'))).toEqual(
      [],
    );
  });

  it.each(['pkg:', 'pkg:npm', 'pkg:npm/%zz@1', 'http://a', 'pkg:maven/a@1', 'pkg:npm/a@', ''])(
    'the_package_url_%j_names_nothing',
    (purl) => {
      expect(said({ 'bom.json': bom({ components: [{ purl }] }) })).toEqual([
        'unresolved :1 1 of 1 components have no package URL with a version that is compared here',
      ]);
    },
  );
});
