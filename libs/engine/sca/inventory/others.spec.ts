import { describe, expect, it } from 'vitest';
import { said } from './inventory.spec-support.ts';

describe('go.mod', () => {
  it('requirements_with_replacements_and_the_toolchain', () => {
    const text = `module example.org/app

go 1.22
toolchain go1.22.3

require github.com/a/b v1.2.3 // why
require (
	github.com/c/d v0.0.0-20200101000000-abcdefabcdef // indirect
	github.com/e/f v2.0.0+incompatible
	github.com/own/g v1.0.0
)
replace github.com/e/f => github.com/fork/f v2.1.0
replace github.com/own/g => ../g
exclude github.com/x/y v1.0.0
`;
    expect(said({ 'go.mod': text })).toEqual([
      'stdlib 1.22.3 :4 ',
      'github.com/a/b 1.2.3 :6 direct',
      'github.com/c/d 0.0.0-20200101000000-abcdefabcdef :8 ',
      'github.com/fork/f 2.1.0 :9 direct',
    ]);
  });

  it('before_go_1_17_the_sums_say_what_is_behind', () => {
    const sums =
      'github.com/a/b v1.0.0 h1:x=\ngithub.com/a/b v1.0.0/go.mod h1:x=\ngithub.com/c/d v0.9.0 h1:x=\ngithub.com/c/d v0.10.0 h1:x=\ngithub.com/c/d v0.11.0/go.mod h1:x=\n';
    const files = { 'go.mod': 'module m\n\ngo 1.16\n\nrequire github.com/a/b v1.0.0\n', 'go.sum': sums };
    expect(said(files)).toEqual(['github.com/a/b 1.0.0 :5 direct', 'github.com/c/d 0.10.0 :1 ']);
    expect(said({ ...files, 'go.mod': files['go.mod'].replace('1.16', '1.17') })).toHaveLength(1);
  });

  it('another_text_is_refused', () => {
    expect(said({ 'go.mod': 'hello world\n' })).toEqual(['syntax_error: not a go.mod']);
  });
});

describe('pom.xml', () => {
  const parent = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <groupId>org.acme</groupId><artifactId>parent</artifactId><version>1.0</version>
  <properties><jackson.version>2.9.8</jackson.version><inner>\${jackson.version}</inner></properties>
  <dependencyManagement><dependencies>
    <dependency><groupId>com.fasterxml</groupId><artifactId>databind</artifactId><version>\${inner}</version></dependency>
    <dependency><groupId>org.acme</groupId><artifactId>list</artifactId><version>1</version><type>pom</type><scope>import</scope></dependency>
  </dependencies></dependencyManagement>
</project>`;
  const list = `<project><groupId>org.acme</groupId><artifactId>list</artifactId><version>1</version>
  <dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>listed</artifactId><version>3.1</version></dependency></dependencies></dependencyManagement></project>`;
  const child = `<?xml version="1.0"?>
<project>
  <parent><groupId>org.acme</groupId><artifactId>parent</artifactId><version>1.0</version></parent>
  <artifactId>child</artifactId>
  <properties><own>4.5</own></properties>
  <dependencies>
    <!-- <dependency><groupId>no</groupId><artifactId>no</artifactId><version>1</version></dependency> -->
    <dependency><groupId>com.fasterxml</groupId><artifactId>databind</artifactId></dependency>
    <dependency>
      <groupId>g</groupId>
      <artifactId>a</artifactId>
      <version>\${own}</version>
      <exclusions><exclusion><groupId>x</groupId><artifactId>y</artifactId></exclusion></exclusions>
    </dependency>
    <dependency><groupId>g</groupId><artifactId>listed</artifactId></dependency>
    <dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.12</version><scope>test</scope></dependency>
    <dependency><groupId>\${project.groupId}</groupId><artifactId>list</artifactId><version>\${project.version}</version></dependency>
    <dependency><groupId>g</groupId><artifactId>ranged</artifactId><version>[1.0,2.0)</version></dependency>
  </dependencies>
</project>`;

  it('versions_come_from_properties_parents_and_lists_of_the_tree', () => {
    expect(said({ 'child/pom.xml': child, 'pom.xml': parent, 'list/pom.xml': list })).toEqual([
      'com.fasterxml:databind 2.9.8 :8 direct',
      'g:a 4.5 :9 direct',
      'g:listed 3.1 :15 direct',
      'junit:junit 4.12 :16 direct dev',
      'unresolved :18 g:ranged [1.0,2.0)',
    ]);
  });

  it('a_parent_that_is_not_in_the_tree_is_named', () => {
    expect(said({ 'pom.xml': child })).toContain(
      'unresolved :8 com.fasterxml:databind has no version here; the parent org.acme:parent:1.0 is not in the tree',
    );
  });

  it('properties_that_name_each_other_and_entities_that_grow_end', () => {
    const loop =
      '<project><properties><a>${b}${b}</a><b>${a}${a}</b></properties><dependencies><dependency><groupId>g</groupId><artifactId>x</artifactId><version>${a}</version></dependency></dependencies></project>';
    expect(said({ 'pom.xml': loop })[0]).toMatch(/^unresolved/u);
    expect(said({ 'pom.xml': '<!DOCTYPE x [<!ENTITY a "aaaa">]><project>&a;</project>' })).toEqual(['syntax_error: not a pom.xml']);
  });
});

describe('Gradle', () => {
  it('lock_files', () => {
    const text =
      '# generated\ncom.a:b:1.0=compileClasspath,runtimeClasspath\norg.t:u:2.0=testCompileClasspath,testRuntimeClasspath\nempty=annotationProcessor\n';
    expect(said({ 'gradle.lockfile': text })).toEqual(['com.a:b 1.0 :2 ?', 'org.t:u 2.0 :3 ? dev']);
    expect(said({ 'gradle.lockfile': 'what?' })).toEqual(['syntax_error: line 1 is none of a Gradle lock file']);
  });

  it('version_catalogs', () => {
    const text = `[versions]
spring = "5.3.1"
rich = { strictly = "2.1" }

[libraries]
core = { module = "org.spring:core", version.ref = "spring" }
rich = { group = "g", name = "rich", version.ref = "rich" }
short = "g:short:1.0"
bom = { module = "g:managed" }
`;
    expect(said({ 'gradle/libs.versions.toml': text })).toEqual([
      'org.spring:core 5.3.1 :6 direct',
      'g:rich 2.1 :7 direct',
      'g:short 1.0 :8 direct',
      'unresolved :9 g:managed has no version',
    ]);
  });

  it('builds_whose_dependencies_are_written_as_one_text', () => {
    const text = `ext { logVersion = '2.14.0' }
dependencies {
  implementation 'org.log:core:2.0'
  // implementation 'no:no:1.0'
  api("g:a:\${logVersion}")
  testImplementation "junit:junit:$junit"
  runtimeOnly 'g:open:1.+'
}
`;
    expect(said({ 'build.gradle': text, 'gradle.properties': 'junit=4.12\n' })).toEqual([
      'org.log:core 2.0 :3 direct',
      'g:a 2.14.0 :5 direct',
      'junit:junit 4.12 :6 direct dev',
      'unresolved :7 g:open 1.+',
    ]);
  });
});

describe('Cargo.lock', () => {
  it('crates_of_the_workspace_are_its_roots', () => {
    const from = 'source = "registry+https://github.com/rust-lang/crates.io-index"';
    const text = `version = 3

[[package]]
name = "app"
version = "0.1.0"
dependencies = ["a", "b 2.0.0", "t"]

[[package]]
name = "a"
version = "1.0.0"
${from}
dependencies = ["b 1.0.0"]

[[package]]
name = "b"
version = "1.0.0"
${from}

[[package]]
name = "b"
version = "2.0.0"
${from}

[[package]]
name = "t"
version = "1.0.0"
${from}
`;
    expect(said({ 'Cargo.lock': text, 'Cargo.toml': '[dependencies]\na = "1"\nb = "2"\n[dev-dependencies]\nt = "1"\n' })).toEqual([
      'a 1.0.0 :8 direct',
      'b 1.0.0 :14 a>b',
      'b 2.0.0 :19 direct',
      't 1.0.0 :24 direct dev',
    ]);
  });
});

describe('composer.lock', () => {
  it('packages_of_production_and_development', () => {
    const text =
      '{\n "packages": [\n  { "name": "Acme/a", "version": "v1.2.3", "require": { "php": ">=8", "acme/b": "^2" } },\n  { "name": "acme/b", "version": "2.0.0" } ],\n "packages-dev": [\n  { "name": "t/t", "version": "dev-main" } ] }';
    expect(said({ 'composer.lock': text, 'composer.json': '{"require":{"acme/a":"^1"},"require-dev":{"t/t":"*"}}' })).toEqual([
      'acme/a 1.2.3 :3 direct',
      'acme/b 2.0.0 :4 acme/a>acme/b',
      't/t dev-main :6 direct dev',
    ]);
  });
});

describe('Gemfile.lock', () => {
  it('gems_with_platforms_and_groups', () => {
    const text = `PATH
  remote: .
  specs:
    own (0.1.0)
      rack

GEM
  remote: https://rubygems.org/
  specs:
    nokogiri (1.13.3-x86_64-linux)
      racc (~> 1.4)
    racc (1.6.0)
    rspec (3.0.0)

PLATFORMS
  ruby

DEPENDENCIES
  nokogiri (~> 1.13)
  own!
  rspec

BUNDLED WITH
   2.3.3
`;
    expect(said({ 'Gemfile.lock': text, Gemfile: "gem 'nokogiri'\ngroup :development, :test do\n  gem 'rspec'\nend\n" })).toEqual([
      'nokogiri 1.13.3 :10 direct',
      'racc 1.6.0 :12 nokogiri>racc',
      'rspec 3.0.0 :13 direct dev',
    ]);
  });
});

describe('NuGet', () => {
  it('lock_files_of_several_frameworks', () => {
    const text =
      '{\n "version": 1,\n "dependencies": {\n  "net6.0": {\n   "A.B": { "type": "Direct", "resolved": "1.0.0", "dependencies": { "C": "2.0.0" } },\n   "C": { "type": "Transitive", "resolved": "2.0.0" },\n   "own": { "type": "Project" } } } }';
    expect(said({ 'packages.lock.json': text })).toEqual(['a.b 1.0.0 :5 direct', 'c 2.0.0 :6 a.b>c']);
  });

  it('packages_config', () => {
    const text =
      '<?xml version="1.0"?>\n<packages>\n  <package id="A" version="1.0.0" targetFramework="net48" />\n  <package id="B" version="2.0" developmentDependency="true" />\n</packages>';
    expect(said({ 'packages.config': text })).toEqual(['a 1.0.0 :3 ?', 'b 2.0 :4 ? dev']);
  });

  it('project_files_with_versions_from_above', () => {
    const project =
      '<Project Sdk="x">\n<PropertyGroup><V>3.0.0</V></PropertyGroup>\n<ItemGroup>\n<PackageReference Include="A" Version="1.0.0" />\n<PackageReference Include="B"><Version>$(V)</Version></PackageReference>\n<PackageReference Include="C" />\n<PackageReference Include="D" Version="1.*" />\n</ItemGroup></Project>';
    const central = '<Project><ItemGroup><PackageVersion Include="C" Version="[4.0.0]" /></ItemGroup></Project>';
    expect(said({ 'src/app/app.csproj': project, 'Directory.Packages.props': central })).toEqual([
      'a 1.0.0 :4 direct',
      'b 3.0.0 :5 direct',
      'c 4.0.0 :6 direct',
      'unresolved :7 d 1.*',
    ]);
  });
});
