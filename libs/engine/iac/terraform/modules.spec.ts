import { beforeAll, describe, expect, it } from 'vitest';
import { openScanner, type Scanner } from '../testing/scanner.ts';

let scanner: Scanner;
const acl = 'tf/aws-s3-public-acl';
const versioning = 'aws/s3-versioning-off';

beforeAll(async () => {
  scanner = await openScanner();
});

function places(files: Readonly<Record<string, string>>, rule: string): readonly string[] {
  return scanner
    .scan(files)
    .drafts.filter(({ ruleId }) => ruleId === rule)
    .map(({ location }) => `${location.path}:${String(location.startLine)}`);
}

describe('modules', () => {
  const bucket =
    'variable "acl" {\n  default = "private"\n}\nresource "aws_s3_bucket" "b" {\n  acl = var.acl\n}\noutput "name" {\n  value = aws_s3_bucket.b.id\n}\n';

  it('each_member_of_a_call_passes_its_own_value', () => {
    const call = 'module "m" {\n  source = "./m"\n  for_each = { a = "private", b = "public-read" }\n  acl = each.value\n}\n';
    expect(places({ 'main.tf': call, 'm/main.tf': bucket }, acl)).toEqual(['m/main.tf:5']);
    expect(places({ 'main.tf': call.replace('public-read', 'private'), 'm/main.tf': bucket }, acl)).toEqual([]);
  });

  it('a_call_that_is_counted_to_nothing_makes_nothing', () => {
    const call = 'module "m" {\n  source = "./m"\n  count = 0\n  acl = "public-read"\n}\n';
    expect(places({ 'main.tf': call, 'm/main.tf': bucket }, acl)).toEqual([]);
  });

  it('values_pass_through_several_modules', () => {
    const outer = 'module "o" {\n  source = "./o"\n  setting = "public-read"\n}\n';
    const middle = 'variable "setting" {}\nmodule "m" {\n  source = "../m"\n  acl = var.setting\n}\n';
    expect(places({ 'main.tf': outer, 'o/main.tf': middle, 'm/main.tf': bucket }, acl)).toEqual(['m/main.tf:5']);
  });

  it('a_resource_of_the_caller_is_joined_to_one_of_the_module_by_an_output', () => {
    const call = 'module "m" {\n  source = "./m"\n}\n';
    const tie =
      'resource "aws_s3_bucket_versioning" "v" {\n  bucket = module.m.name\n  versioning_configuration {\n    status = "Enabled"\n  }\n}\n';
    expect(places({ 'main.tf': call, 'm/main.tf': bucket }, versioning)).toEqual(['m/main.tf:4']);
    expect(places({ 'main.tf': call + tie, 'm/main.tf': bucket }, versioning)).toEqual([]);
  });

  it('a_resource_that_may_be_tied_to_another_is_no_finding', () => {
    const tie =
      'resource "aws_s3_bucket_versioning" "v" {\n  bucket = var.other\n  versioning_configuration {\n    status = "Enabled"\n  }\n}\n';
    expect(places({ 'main.tf': bucket + tie }, versioning)).toEqual([]);
  });

  it('modules_that_call_each_other_in_a_circle_end', () => {
    const files = { 'a/main.tf': 'module "b" {\n  source = "../b"\n}\n', 'b/main.tf': `module "a" {\n  source = "../a"\n}\n${bucket}` };
    expect(places(files, versioning)).toEqual(['b/main.tf:7']);
  });

  it('calls_that_multiply_end_and_say_so', () => {
    const twice = (at: number): string =>
      ['x', 'y', 'z', 'w'].map((name) => `module "${name}" {\n  source = "../m${String(at + 1)}"\n}\n`).join('');
    const files = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`m${String(at)}/main.tf`, twice(at)] as const));
    const { coverage } = scanner.scan({ ...files, 'm9/main.tf': bucket });
    expect(coverage.map(({ reason }) => reason)).toEqual(['limit_reached']);
  });

  it('a_module_that_only_its_examples_call_stands_for_itself', () => {
    const open = bucket.replace('"private"', '"public-read"');
    const example = 'module "m" {\n  source = "../.."\n  acl = "private"\n}\n';
    expect(places({ 'main.tf': open, 'examples/a/main.tf': example }, acl)).toEqual(['main.tf:5']);
  });
});

describe('json_syntax', () => {
  it('is_read_like_the_native_one', () => {
    const text = JSON.stringify(
      {
        variable: { acl: { default: 'public-read' } },
        resource: {
          aws_s3_bucket: { b: { acl: '${var.acl}' } },
          aws_security_group: {
            g: [
              {
                dynamic: {
                  ingress: {
                    for_each: [22],
                    content: { from_port: '${ingress.value}', to_port: '${ingress.value}', protocol: 'tcp', cidr_blocks: ['0.0.0.0/0'] },
                  },
                },
              },
            ],
          },
        },
      },
      undefined,
      1,
    );
    const line = (part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;
    expect(places({ 'main.tf.json': text }, acl)).toEqual([`main.tf.json:${String(line('"acl": "${'))}`]);
    expect(places({ 'main.tf.json': text }, 'tf/aws-security-group-open')).toEqual([`main.tf.json:${String(line('"cidr_blocks"'))}`]);
  });

  it('a_module_whose_source_is_not_in_the_tree_is_said_out_loud', () => {
    const call = (name: string, source: string) => `module "${name}" {\n  source = "${source}"\n}\n`;
    const text = call('near', './near') + call('far', 'terraform-aws-modules/vpc/aws') + call('gone', '../gone');
    const { coverage } = scanner.scan({ 'app/main.tf': text, 'app/near/main.tf': '' });
    expect(coverage.map(({ path, reason }) => `${path}: ${reason}`)).toEqual(['app/main.tf: unresolved', 'app/main.tf: unresolved']);
  });

  it('what_is_no_json_costs_a_coverage_entry', () => {
    expect(scanner.scan({ 'main.tf.json': '{"a": ' }).coverage.map(({ reason }) => reason)).toEqual(['syntax_error']);
    expect(scanner.scan({ 'main.tf.json': `${'['.repeat(50_000)}${']'.repeat(50_000)}` }).coverage.map(({ reason }) => reason)).toEqual([
      'syntax_error',
    ]);
  });
});
