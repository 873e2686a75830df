import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { Ecosystem } from '@lib/engine/sca';
import { complement, intervalOf, osvRanges, type Interval } from './intervals.ts';

/** A published collection of advisories, as a folder of this machine holds it. `read` answers OSV documents. */
export type Source = {
  readonly folder: string;
  readonly name: string;
  readonly licence: string;
  readonly scope: string;
  readonly ecosystem: Ecosystem;
  readonly read: (folder: string) => Iterable<unknown>;
};

/** What the shipped snapshot is made of. The licence of each lets its data be shipped with its name. */
export const sources: readonly Source[] = [
  {
    folder: 'golang+vulndb',
    name: 'Go Vulnerability Database',
    licence: 'CC-BY-4.0',
    scope: 'reviewed and imported reports of Go modules and the standard library',
    ecosystem: 'Go',
    read: (folder) => documents(join(folder, 'data/osv'), '.json', (text) => JSON.parse(text)),
  },
  {
    folder: 'pypa+advisory-database',
    name: 'Python Packaging Advisory Database',
    licence: 'CC-BY-4.0',
    scope: 'PYSEC advisories of packages on PyPI',
    ecosystem: 'PyPI',
    read: (folder) => documents(join(folder, 'vulns'), '.yaml', (text) => parseYaml(text)),
  },
  {
    folder: 'RustSec+advisory-db',
    name: 'RustSec Advisory Database',
    licence: 'CC0-1.0',
    scope: 'RUSTSEC advisories of crates',
    ecosystem: 'crates.io',
    read: (folder) => documents(join(folder, 'crates'), '.md', rustDocument),
  },
  {
    folder: 'rubysec+ruby-advisory-db',
    name: 'Ruby Advisory Database',
    licence: 'public domain',
    scope: 'names, versions and titles of advisories of gems; entries that only OSVDB knew are left out',
    ecosystem: 'RubyGems',
    read: (folder) => documents(join(folder, 'gems'), '.yml', (text) => rubyDocument(parseYaml(text))),
  },
  {
    folder: 'FriendsOfPHP+security-advisories',
    name: 'FriendsOfPHP security advisories',
    licence: 'Unlicense',
    scope: 'advisories of Composer packages',
    ecosystem: 'Packagist',
    read: (folder) => documents(folder, '.yaml', (text, path) => phpDocument(parseYaml(text), path)),
  },
  {
    folder: 'RetireJS+retire.js',
    name: 'Retire.js',
    licence: 'Apache-2.0',
    scope: 'libraries for the browser and a few npm packages; no feed of npm',
    ecosystem: 'npm',
    read: retireDocuments,
  },
  {
    folder: 'nodejs+security-wg',
    name: 'Node.js Security Working Group',
    licence: 'MIT',
    scope: 'npm packages, 2013 to 2020',
    ecosystem: 'npm',
    read: (folder) => documents(join(folder, 'vuln/npm'), '.json', (text) => nodeDocument(JSON.parse(text))),
  },
];

function* documents(folder: string, ending: string, read: (text: string, path: string) => unknown): Generator {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).toSorted()) {
    if (name.endsWith(ending)) yield read(readFileSync(join(folder, name), 'utf8'), name);
  }
}

const rustSchema = z.object({
  advisory: z.object({
    id: z.string(),
    package: z.string(),
    aliases: z.array(z.string()).default([]),
    cvss: z.string().optional(),
    date: z.string(),
    withdrawn: z.string().optional(),
    informational: z.string().optional(),
  }),
  versions: z
    .object({ patched: z.array(z.string()).default([]), unaffected: z.array(z.string()).default([]) })
    .default({ patched: [], unaffected: [] }),
  affected: z.object({ functions: z.record(z.string(), z.unknown()).default({}) }).default({ functions: {} }),
});

function rustDocument(text: string): unknown {
  const [, head = '', title = ''] = /^```toml\n([^]*?)\n```[^]*?^# ([^\n]+)/mu.exec(text) ?? [];
  const parsed = rustSchema.safeParse(JSON.parse(JSON.stringify(parseToml(head))));
  if (!parsed.success) return undefined;
  const { advisory, versions, affected } = parsed.data;
  return osv({
    id: advisory.id,
    modified: advisory.date,
    aliases: advisory.aliases,
    summary: title,
    ...(advisory.withdrawn === undefined ? {} : { withdrawn: advisory.withdrawn }),
    package: { ecosystem: 'crates.io', name: advisory.package },
    affected: outside([...versions.patched, ...versions.unaffected], 'crates.io'),
    ...(advisory.cvss === undefined ? {} : { cvss: advisory.cvss }),
    ...(advisory.informational === undefined ? {} : { informational: advisory.informational }),
    functions: Object.keys(affected.functions),
  });
}

const rubySchema = z.object({
  gem: z.string(),
  cve: z.coerce.string().optional(),
  ghsa: z.string().optional(),
  title: z.string(),
  date: z.coerce.string(),
  cvss_v4: z.number().optional(),
  cvss_v3: z.number().optional(),
  cvss_v2: z.number().optional(),
  patched_versions: z.array(z.coerce.string()).nullish(),
  unaffected_versions: z.array(z.coerce.string()).nullish(),
});

function rubyDocument(document: unknown): unknown {
  const parsed = rubySchema.safeParse(document);
  if (!parsed.success) return undefined;
  const { gem, cve, ghsa, title, date, ...rest } = parsed.data;
  const ids = [...(ghsa === undefined ? [] : [`GHSA-${ghsa}`]), ...(cve === undefined ? [] : [`CVE-${cve}`])];
  const cvss = rest.cvss_v4 ?? rest.cvss_v3 ?? rest.cvss_v2;
  return osv({
    id: ids[0],
    modified: date,
    aliases: ids.slice(1),
    summary: title,
    package: { ecosystem: 'RubyGems', name: gem },
    affected: outside([...(rest.patched_versions ?? []), ...(rest.unaffected_versions ?? [])], 'RubyGems'),
    ...(cvss === undefined ? {} : { cvss: String(cvss) }),
  });
}

const phpSchema = z.object({
  title: z.string(),
  cve: z.string().nullish(),
  reference: z.string().regex(/^composer:\/\//u),
  branches: z.record(z.string(), z.object({ time: z.unknown(), versions: z.array(z.coerce.string()) })),
});

function phpDocument(document: unknown, path: string): unknown {
  const parsed = phpSchema.safeParse(document);
  if (!parsed.success) return undefined;
  const { title, cve, reference, branches } = parsed.data;
  const days = Object.values(branches).flatMap(({ time }) => (typeof time === 'string' ? [time.slice(0, 10)] : []));
  return osv({
    id: cve ?? `FRIENDSOFPHP-${path.replace(/\.yaml$/u, '').replaceAll('/', ':')}`,
    modified: days.toSorted().at(-1),
    aliases: [],
    summary: title,
    package: { ecosystem: 'Packagist', name: reference.slice('composer://'.length) },
    affected: Object.values(branches).flatMap(({ versions }) => intervalOf(versions.join(','), 'Packagist') ?? []),
  });
}

const retireSchema = z.record(
  z.string(),
  z.object({
    npmname: z.string().optional(),
    vulnerabilities: z.array(
      z.object({
        atOrAbove: z.string().optional(),
        below: z.string().optional(),
        ranges: z.array(z.object({ atOrAbove: z.string().optional(), below: z.string().optional() })).optional(),
        severity: z.string().optional(),
        cwe: z.array(z.string()).default([]),
        identifiers: z
          .object({ summary: z.string().optional(), CVE: z.array(z.string()).default([]), githubID: z.string().optional() })
          .optional(),
      }),
    ),
  }),
);

function* retireDocuments(folder: string): Generator {
  for (const file of ['npmrepository.json', 'jsrepository-v5.json', 'jsrepository-v6.json']) {
    const parsed = retireSchema.safeParse(withoutForeign(JSON.parse(readFileSync(join(folder, 'repository', file), 'utf8'))));
    for (const [library, { npmname, vulnerabilities }] of Object.entries(parsed.data ?? {})) {
      const name = file === 'npmrepository.json' ? library : npmname;
      if (name !== undefined && library !== 'retire-example') for (const one of vulnerabilities) yield retireDocument(name, one);
    }
  }
}

function retireDocument(
  name: string,
  { identifiers, severity, cwe, ...one }: z.infer<typeof retireSchema>[string]['vulnerabilities'][number],
): unknown {
  const ids = [identifiers?.githubID, ...(identifiers?.CVE ?? [])].filter((id) => id !== undefined);
  const ranges = [...(one.ranges ?? []), one].flatMap(({ atOrAbove, below }) =>
    below === undefined ? [] : [{ from: atOrAbove ?? '0', below }],
  );
  return osv({
    id: ids[0],
    modified: undefined,
    aliases: ids.slice(1),
    summary: identifiers?.summary ?? '',
    package: { ecosystem: 'npm', name },
    affected: ranges,
    ...(severity === undefined ? {} : { severity: severity.toUpperCase() }),
    cwe,
  });
}

// Notes of the file about itself, which are no libraries.
function withoutForeign(value: unknown): unknown {
  const table = z.record(z.string(), z.unknown()).parse(value);
  return Object.fromEntries(
    Object.entries(table).filter(([, entry]) => typeof entry === 'object' && entry !== null && 'vulnerabilities' in entry),
  );
}

const nodeSchema = z.object({
  id: z.number(),
  title: z.string(),
  updated_at: z.string(),
  module_name: z.string(),
  cves: z.array(z.string()).nullish(),
  vulnerable_versions: z.string().nullish(),
  cvss_vector: z.string().nullish(),
  cvss_score: z.union([z.number(), z.string()]).nullish(),
});

function nodeDocument(document: unknown): unknown {
  const parsed = nodeSchema.safeParse(document);
  if (!parsed.success) return undefined;
  const {
    id,
    title,
    updated_at: modified,
    module_name: name,
    cves,
    vulnerable_versions: versions,
    cvss_vector: vector,
    cvss_score: score,
  } = parsed.data;
  return osv({
    id: `NSWG-ECO-${id}`,
    modified,
    aliases: (cves ?? []).filter((cve) => /^CVE-\d{4}-\d{4,}$/u.test(cve)),
    summary: `${title} in ${name}`,
    package: { ecosystem: 'npm', name },
    affected: (versions ?? '').split('||').flatMap((text) => intervalOf(text, 'npm') ?? []),
    cwe: /malicious/iu.test(title) ? ['CWE-506'] : [],
    ...cvssOf(vector ?? score),
  });
}

function cvssOf(rating: string | number | null | undefined): { readonly cvss?: string } {
  return rating === null || rating === undefined || rating === '' ? {} : { cvss: String(rating) };
}

function outside(texts: readonly string[], ecosystem: Ecosystem): readonly Interval[] {
  const intervals = texts.map((text) => intervalOf(text, ecosystem));
  // one that cannot be read would be taken for affected
  return intervals.includes(undefined)
    ? []
    : complement(
        intervals.flatMap((one) => one ?? []),
        ecosystem,
      );
}

type Facts = {
  readonly id: string | undefined;
  readonly modified: string | undefined;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly withdrawn?: string;
  readonly package: { readonly ecosystem: Ecosystem; readonly name: string | undefined };
  readonly affected: readonly Interval[];
  readonly cvss?: string;
  readonly severity?: string;
  readonly cwe?: readonly string[];
  readonly informational?: string;
  readonly functions?: readonly string[];
};

// An advisory without a name of its own, or without a version, cannot be told apart or decided.
function osv(facts: Facts): unknown {
  if (facts.id === undefined || facts.affected.length === 0) return undefined;
  return {
    id: facts.id,
    modified: facts.modified,
    aliases: facts.aliases,
    summary: facts.summary,
    withdrawn: facts.withdrawn,
    database_specific: { severity: facts.severity, cwe_ids: facts.cwe ?? [] },
    severity: facts.cvss === undefined ? [] : [{ type: 'CVSS', score: facts.cvss }],
    affected: [
      {
        package: facts.package,
        ranges: osvRanges(facts.affected),
        ecosystem_specific: { affects: { functions: facts.functions ?? [] } },
        database_specific: { informational: facts.informational },
      },
    ],
  };
}
