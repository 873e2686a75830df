import { limits } from '@lib/contract';
import { beforeAll, describe, expect, it } from 'vitest';
import { openScanner, type Scanner } from './testing/scanner.ts';

// What these tests plant. Rules about what else such a file lacks come and go.
const planted: ReadonlySet<string> = new Set([
  'tf/aws-s3-public-acl',
  'tf/aws-iam-admin-attachment',
  'tf/aws-iam-wildcard',
  'tf/aws-rds-public',
  'tf/aws-ebs-unencrypted',
  'tf/aws-security-group-open',
  'k8s/privileged-container',
  'k8s/secret-in-env',
  'compose/privileged-service',
  'docker/secret-in-env',
  'docker/curl-pipe-shell',
  'gha/script-injection',
  'gha/untrusted-checkout',
]);
let scanner: Scanner;
let unfiltered: Scanner;

beforeAll(async () => {
  unfiltered = await openScanner();
  const { scan } = unfiltered;
  scanner = {
    scan: (files) => {
      const { drafts, coverage } = scan(files);
      return { drafts: drafts.filter(({ ruleId }) => planted.has(ruleId)), coverage };
    },
  };
});

const publicBucket = 'resource "aws_s3_bucket" "a" {\n  acl = "public-read"\n}\n';
const manifest = (tail: string): string => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n${tail}`;

describe('a_hostile_file_costs_a_coverage_entry', () => {
  const hostile: Readonly<Record<string, readonly [string, string]>> = {
    'nested lists': ['a.tf', `x = ${'['.repeat(100_000)}`],
    'nested groups': ['a.tf', `x = ${'('.repeat(100_000)}`],
    'nested signs': ['a.tf', `x = ${'!'.repeat(100_000)}1`],
    'nested blocks': ['a.tf', 'a {\n'.repeat(50_000)],
    'nested interpolations': ['a.tf', `x = ${'"${'.repeat(50_000)}`],
    'long chain of operators': ['a.tf', `x = 1${' + 1'.repeat(50_000)}\n`],
    'many attributes': ['a.tf', 'x = 1\n'.repeat(150_000).concat('y = [', '1,'.repeat(250_000), ']')],
    'nested flow in YAML': ['a.yaml', manifest(`spec: ${'['.repeat(100_000)}`)],
    'many items in YAML': ['a.yaml', manifest(`a: [${'1,'.repeat(450_000)}1]`)],
    'many openings in YAML': ['a.yaml', manifest(`a: ${'{{ '.repeat(200_000)}`)],
    'alias bomb': [
      'a.yaml',
      manifest(
        `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, at) => `a${String(at + 1)}: &a${String(at + 1)} [*a${String(at)}, *a${String(at)}]`).join('\n')}\n`,
      ),
    ],
  };

  it.each(Object.entries(hostile))('%s', (_, [path, text]) => {
    const { coverage } = scanner.scan({ [path]: text, 'b/ok.tf': publicBucket });
    expect(coverage.map((entry) => entry.path)).toContain(path);
    expect(coverage.every(({ reason }) => reason === 'limit_reached' || reason === 'syntax_error')).toBe(true);
  });

  it.each(Object.entries(hostile))('%s does not hide its neighbour', (_, [path, text]) => {
    const { drafts } = scanner.scan({ [path]: text, 'b/ok.tf': publicBucket });
    expect(drafts.map((draft) => draft.ruleId)).toContain('tf/aws-s3-public-acl');
  });

  it('evaluation_that_doubles_ends', () => {
    const locals = Array.from({ length: 40 }, (_, at) => `  l${String(at + 1)} = concat(local.l${String(at)}, local.l${String(at)})`).join(
      '\n',
    );
    const texts = Array.from({ length: 40 }, (_, at) => `  t${String(at + 1)} = "\${local.t${String(at)}}\${local.t${String(at)}}"`).join(
      '\n',
    );
    const use = 'resource "aws_s3_bucket" "b" {\n  tags = local.l40\n  bucket = local.t40\n}\n';
    const { coverage } = scanner.scan({ 'a.tf': `locals {\n  l0 = [1]\n  t0 = "x"\n${locals}\n${texts}\n}\n${use}${publicBucket}` });
    expect(coverage).toEqual([{ path: 'a.tf', reason: 'limit_reached' }]);
  });

  it('cycles_end', () => {
    const text = 'locals {\n  a = local.b\n  b = local.a\n}\nresource "aws_s3_bucket" "b" {\n  acl = local.a\n}\n';
    expect(scanner.scan({ 'a.tf': text })).toEqual({ drafts: [], coverage: [] });
  });
});

describe('terraform', () => {
  const idsOf = (files: Readonly<Record<string, string>>): readonly string[] => scanner.scan(files).drafts.map((draft) => draft.ruleId);

  it('a_broken_block_does_not_hide_its_neighbours', () => {
    const { drafts, coverage } = scanner.scan({ 'a.tf': `resource "x" "y" {\n  a = = 1\n}\n${publicBucket}` });
    expect(coverage).toEqual([{ path: 'a.tf', reason: 'syntax_error' }]);
    expect(drafts.map(({ ruleId, location }) => [ruleId, location.startLine])).toEqual([['tf/aws-s3-public-acl', 5]]);
  });

  it('the_finding_stands_where_the_resource_takes_a_value_from_elsewhere', () => {
    const { drafts } = scanner.scan({
      'm/variables.tf': 'variable "acl" {\n  default = "public-read"\n}\n',
      'm/main.tf': '\nresource "aws_s3_bucket" "a" {\n\n  acl = var.acl\n}\n',
    });
    expect(drafts.map(({ location }) => [location.path, location.startLine])).toEqual([['m/main.tf', 4]]);
  });

  it('an_item_of_a_list_from_elsewhere_is_found_where_the_resource_takes_the_list', () => {
    const { drafts } = scanner.scan({
      'm/locals.tf': 'locals {\n  arns = ["arn:aws:iam::aws:policy/AdministratorAccess"]\n}\n',
      'm/main.tf': '\n\n\n\nresource "aws_iam_role" "a" {\n  managed_policy_arns = local.arns\n}\n',
    });
    expect(drafts.map(({ location }) => [location.path, location.startLine])).toEqual([['m/main.tf', 6]]);
  });

  it('a_value_that_is_passed_in_replaces_the_default', () => {
    const module = { 'm/main.tf': 'variable "acl" {\n  default = "private"\n}\nresource "aws_s3_bucket" "a" {\n  acl = var.acl\n}\n' };
    const call = (name: string, acl: string): string => `module "${name}" {\n  source = "./m"\n  acl = "${acl}"\n}\n`;
    expect(idsOf(module)).toEqual([]);
    expect(idsOf({ ...module, 'main.tf': call('one', 'public-read') })).toEqual(['tf/aws-s3-public-acl']);
    // each call is a module of its own, and what is wrong in one of them is reported once
    expect(idsOf({ ...module, 'main.tf': call('one', 'public-read') + call('two', 'private') })).toEqual(['tf/aws-s3-public-acl']);
    expect(idsOf({ ...module, 'main.tf': call('one', 'public-read') + call('two', 'public-read') })).toEqual(['tf/aws-s3-public-acl']);
    expect(idsOf({ ...module, 'main.tf': call('one', 'private') + call('two', 'private') })).toEqual([]);
  });

  it('a_named_tfvars_that_contradicts_the_default_leaves_the_variable_unknown', () => {
    const main = { 'main.tf': 'variable "acl" {\n  default = "public-read"\n}\nresource "aws_s3_bucket" "a" {\n  acl = var.acl\n}\n' };
    expect(idsOf(main)).toEqual(['tf/aws-s3-public-acl']);
    expect(idsOf({ ...main, 'prod.tfvars': 'acl = "private"\n' })).toEqual([]);
    expect(idsOf({ ...main, 'terraform.tfvars': 'acl = "private"\n' })).toEqual([]);
  });

  it('a_resource_that_is_counted_to_nothing_is_no_finding', () => {
    expect(idsOf({ 'a.tf': publicBucket.replace('{', '{\n  count = 0') })).toEqual([]);
    expect(idsOf({ 'a.tf': publicBucket.replace('{', '{\n  count = var.n') })).toEqual(['tf/aws-s3-public-acl']);
  });

  it('a_moved_resource_keeps_its_fingerprint', () => {
    const [before] = scanner.scan({ 'a.tf': publicBucket }).drafts;
    const [after] = scanner.scan({ 'a.tf': `# moved\n\n${publicBucket}` }).drafts;
    expect(after?.fingerprint).toBe(before?.fingerprint);
    expect(after?.location.startLine).toBe(4);
  });
});

describe('excerpts', () => {
  const value = ['hunter', 'two', '22'].join('-');

  it.each([
    ['a.tf', `resource "aws_db_instance" "a" {\n  publicly_accessible = true\n  password = "${value}"\n}\n`],
    [
      'a.yaml',
      manifest(`spec:\n  containers:\n    - name: a\n      image: a\n      env:\n        - name: DB_PASSWORD\n          value: ${value}\n`),
    ],
    ['Dockerfile', `FROM a:1\nENV DB_PASSWORD=${value}\nENV OTHER_TOKEN ${value}\nCMD a\n`],
    ['docker-compose.yml', `services:\n  a:\n    privileged: true\n    environment:\n      - DB_PASSWORD=${value}\n`],
  ])('hold_no_value_that_its_name_calls_secret in %s', (path, text) => {
    const { drafts } = scanner.scan({ [path]: text });
    expect(drafts.length).toBeGreaterThan(0);
    expect(JSON.stringify(drafts)).not.toContain(value);
  });
});

describe('charts', () => {
  it('what_a_template_may_add_is_not_missing_and_what_it_says_is_seen', () => {
    const text = `apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\nspec:\n  {{- toYaml .Values.pod | nindent 2 }}\n  containers:\n    - name: a\n      image: "{{ .Values.image }}"\n      securityContext:\n        privileged: true\n`;
    const { drafts, coverage } = scanner.scan({ 'templates/pod.yaml': text });
    expect(coverage).toEqual([]);
    expect(drafts.map((draft) => [draft.ruleId, draft.location.startLine])).toEqual([['k8s/privileged-container', 11]]);
  });
});

describe('locations_and_severity', () => {
  const linesOf = (path: string, text: string): readonly (readonly [string, number, number, string])[] =>
    scanner
      .scan({ [path]: text })
      .drafts.map(({ ruleId, location, severity }) => [ruleId, location.startLine, location.endLine, severity] as const);

  it('the_attribute_that_is_wrong', () => {
    const text = 'resource "aws_db_instance" "a" {\n  engine = "postgres"\n  storage_encrypted = true\n  publicly_accessible = true\n}\n';
    expect(linesOf('a.tf', text)).toEqual([['tf/aws-rds-public', 4, 4, 'high']]);
  });

  it('the_first_line_of_what_lacks_something', () => {
    expect(linesOf('a.tf', '\nresource "aws_ebs_volume" "a" {\n  size = 8\n}\n')).toEqual([['tf/aws-ebs-unencrypted', 2, 2, 'medium']]);
  });

  it('the_item_of_a_policy', () => {
    const policy =
      'policy = jsonencode({\n    Statement = [\n      { Effect = "Allow", Action = "s3:GetObject", Resource = "*" },\n      { Effect = "Allow", Action = "*", Resource = "*" },\n    ]\n  })';
    expect(linesOf('a.tf', `resource "aws_iam_policy" "a" {\n  ${policy}\n}\n`)).toEqual([['tf/aws-iam-wildcard', 5, 5, 'high']]);
  });

  it('the_line_of_a_script_that_holds_the_expression', () => {
    const text =
      'on: pull_request_target\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: |\n          echo one\n          echo ${{ github.event.pull_request.title }}\n';
    expect(linesOf('.github/workflows/a.yml', text).filter(([id]) => id === 'gha/script-injection')).toEqual([
      ['gha/script-injection', 8, 8, 'high'],
    ]);
  });

  it('the_instruction_and_its_continuation', () => {
    const text = 'FROM a:1\nUSER app\nRUN echo one \\\n  && curl http://example.com/i.sh | sh\n';
    expect(linesOf('Dockerfile', text).filter(([id]) => id === 'docker/curl-pipe-shell')).toEqual([
      ['docker/curl-pipe-shell', 3, 4, 'medium'],
    ]);
  });

  it('a_block_of_yaml_without_the_blank_lines_behind_it', () => {
    const text =
      'on: pull_request_target\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n        with:\n          ref: ${{ github.head_ref }}\n\n\n      - run: make\n';
    expect(linesOf('.github/workflows/a.yml', text).filter(([id]) => id === 'gha/untrusted-checkout')).toEqual([
      ['gha/untrusted-checkout', 5, 7, 'high'],
    ]);
  });

  it('each_open_rule_of_a_group_is_a_finding_of_its_own', () => {
    const ingress = (port: number): string =>
      `  ingress {\n    from_port = ${String(port)}\n    to_port = ${String(port)}\n    protocol = "tcp"\n    cidr_blocks = ["0.0.0.0/0"]\n  }\n`;
    const { drafts } = scanner.scan({ 'a.tf': `resource "aws_security_group" "a" {\n${ingress(22)}${ingress(3389)}}\n` });
    expect(drafts.map(({ location }) => location.startLine)).toEqual([6, 12]);
    expect(new Set(drafts.map((draft) => draft.fingerprint)).size).toBe(2);
  });
});

describe('bounds', () => {
  it('findings_of_one_file_end_and_say_so', () => {
    const bucket = (at: number): string => `resource "aws_s3_bucket" "b${String(at)}" {\n  acl = "public-read"\n}\n`;
    const many = Array.from({ length: limits.findingsPerFileMax + 3 }, (_, at) => bucket(at)).join('');
    const { drafts, coverage } = unfiltered.scan({ 'a.tf': many });
    expect(drafts.length).toBe(limits.findingsPerFileMax);
    expect(coverage).toEqual([{ path: 'a.tf', reason: 'limit_reached' }]);
  });

  it('documents_of_one_file_end_and_say_so', () => {
    const { coverage } = scanner.scan({ 'a.yaml': `${manifest('')}---\n`.repeat(limits.iacDocumentsMax + 1) });
    expect(coverage).toEqual([{ path: 'a.yaml', reason: 'limit_reached' }]);
  });

  it('aliases_are_followed_up_to_the_limit', () => {
    const aliases = (count: number): string => manifest(`a: &a {x: 1}\nb: [${Array.from({ length: count }, () => '*a').join(', ')}]\n`);
    expect(scanner.scan({ 'a.yaml': aliases(limits.iacAliasesMax) }).coverage).toEqual([]);
    expect(scanner.scan({ 'a.yaml': aliases(limits.iacAliasesMax + 1) }).coverage).toEqual([{ path: 'a.yaml', reason: 'limit_reached' }]);
  });
});
