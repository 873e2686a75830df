import { beforeAll, describe, expect, it } from 'vitest';
import { limits } from '@lib/contract';
import { openScanner, type Scanner } from '../../testing/scanner.ts';

let scanner: Scanner;
const acl = 'tf/aws-s3-public-acl';
const versioning = 'aws/s3-versioning-off';

beforeAll(async () => {
  scanner = await openScanner();
});

type Resource = {
  readonly type: string;
  readonly name: string;
  readonly values: object;
  readonly unknown?: object;
  readonly sensitive?: object;
  readonly expressions?: object;
  readonly index?: string;
};

const addressOf = ({ type, name, index = '' }: Resource): string => `${type}.${name}${index}`;

/** A plan in the form that `terraform show -json` writes, of a root module and of modules that it calls. */
function planOf(resources: readonly Resource[], calls: Readonly<Record<string, readonly Resource[]>> = {}): object {
  const planned = (all: readonly Resource[], prefix = '') =>
    all.map((one) => ({
      address: prefix + addressOf(one),
      mode: 'managed',
      type: one.type,
      name: one.name,
      values: one.values,
      sensitive_values: one.sensitive ?? {},
    }));
  const changes = (all: readonly Resource[], prefix = '') =>
    all.map((one) => ({ address: prefix + addressOf(one), change: { actions: ['create'], after_unknown: one.unknown ?? {} } }));
  const configured = (all: readonly Resource[]) =>
    all.map((one) => ({ address: `${one.type}.${one.name}`, expressions: one.expressions ?? constant(one.values) }));
  const names = Object.entries(calls);
  return {
    format_version: '1.2',
    terraform_version: '1.9.0',
    planned_values: {
      root_module: {
        resources: planned(resources),
        child_modules: names.map(([name, all]) => ({ address: `module.${name}`, resources: planned(all, `module.${name}.`) })),
      },
    },
    resource_changes: [...changes(resources), ...names.flatMap(([name, all]) => changes(all, `module.${name}.`))],
    configuration: {
      root_module: {
        resources: configured(resources),
        module_calls: Object.fromEntries(names.map(([name, all]) => [name, { source: './m', module: { resources: configured(all) } }])),
      },
    },
  };
}

function constant(values: object): object {
  return Object.fromEntries(Object.keys(values).map((name) => [name, { constant_value: true }]));
}

const bucket = (values: object, more: Partial<Resource> = {}): Resource => ({ type: 'aws_s3_bucket', name: 'b', values, ...more });
const text = (plan: object): string => JSON.stringify(plan, undefined, 1);

function places(files: Readonly<Record<string, string>>, rule: string): readonly string[] {
  return scanner
    .scan(files)
    .drafts.filter(({ ruleId }) => ruleId === rule)
    .map(({ location }) => `${location.path}:${String(location.startLine)}`);
}

describe('a plan of Terraform in JSON', () => {
  it('planned_values_are_checked_as_sources_are', () => {
    expect(places({ 'plan.json': text(planOf([bucket({ acl: 'public-read' })])) }, acl)).toHaveLength(1);
    expect(places({ 'plan.json': text(planOf([bucket({ acl: 'private' })])) }, acl)).toEqual([]);
  });

  it('a_finding_stands_at_the_address_where_there_are_no_sources', () => {
    const [draft] = scanner
      .scan({ 'plan.json': text(planOf([bucket({ acl: 'public-read' })])) })
      .drafts.filter(({ ruleId }) => ruleId === acl);
    expect(draft?.excerpt.lines.join('\n')).toContain('"address": "aws_s3_bucket.b"');
    expect(draft?.message).toContain('Found in aws_s3_bucket.b.');
  });

  it('what_is_known_after_the_apply_is_unknown_and_no_finding', () => {
    const later = bucket({}, { unknown: { acl: true }, expressions: { acl: { references: ['var.acl'] } } });
    expect(places({ 'plan.json': text(planOf([later])) }, acl)).toEqual([]);
  });

  it('what_nobody_wrote_and_the_provider_chooses_is_as_absent_as_in_sources', () => {
    const chosen = bucket({ bucket: 'x' }, { unknown: { versioning: true }, expressions: { bucket: { constant_value: 'x' } } });
    expect(places({ 'plan.json': text(planOf([chosen])) }, versioning)).toHaveLength(1);
    const written = bucket({ bucket: 'x' }, { unknown: { versioning: true }, expressions: { versioning: { references: ['var.v'] } } });
    expect(places({ 'plan.json': text(planOf([written])) }, versioning)).toEqual([]);
  });

  it('resources_are_tied_by_the_references_of_the_configuration', () => {
    const rule = (references: readonly string[]): Resource => ({
      type: 'aws_s3_bucket_versioning',
      name: 'v',
      values: { versioning_configuration: [{ status: 'Enabled' }] },
      unknown: { bucket: true },
      expressions: { bucket: { references }, versioning_configuration: [{ status: { constant_value: 'Enabled' } }] },
    });
    const found = (references: readonly string[]) =>
      places({ 'plan.json': text(planOf([bucket({ bucket: 'x' }), rule(references)])) }, versioning);
    expect(found(['aws_s3_bucket.b.id', 'aws_s3_bucket.b'])).toEqual([]);
    expect(found(['aws_s3_bucket.other.id', 'aws_s3_bucket.other'])).toHaveLength(1);
    expect(found(['local.name'])).toEqual([]); // it may be this one
  });

  it('resources_of_called_modules_are_read_each_member_by_its_address', () => {
    const members = ['["a"]', '["b.c]"]'].map((index) => bucket({ acl: index === '["a"]' ? 'private' : 'public-read' }, { index }));
    const { drafts } = scanner.scan({ 'plan.json': text(planOf([], { m: members })) });
    const found = drafts.filter(({ ruleId }) => ruleId === acl);
    expect(found).toHaveLength(1);
    expect(found[0]?.message).toContain('module.m.aws_s3_bucket.b["b.c]"]');
  });

  const source = 'variable "acl" {}\nresource "aws_s3_bucket" "b" {\n  bucket = "x"\n  acl    = var.acl\n}\n';

  it('sources_beside_the_plan_give_the_place_and_the_plan_gives_the_value', () => {
    const plan = text(planOf([bucket({ bucket: 'x', acl: 'public-read' })]));
    expect(places({ 'main.tf': source }, acl)).toEqual([]);
    expect(places({ 'main.tf': source, 'plan.json': plan }, acl)).toEqual(['main.tf:4']);
    expect(places({ 'infra/main.tf': source, 'plans/today.json': plan }, acl)).toEqual(['infra/main.tf:4']);
  });

  it('resources_of_modules_have_the_place_of_the_module', () => {
    const call = 'module "m" {\n  source = "./m"\n  acl = var.any\n}\nresource "aws_sns_topic" "t" {}\n';
    const topic: Resource = { type: 'aws_sns_topic', name: 't', values: { name: 't' } };
    const plan = text(planOf([topic], { m: [bucket({ acl: 'public-read' })] }));
    expect(places({ 'main.tf': call, 'm/main.tf': source, 'plan.json': plan }, acl)).toEqual(['m/main.tf:4']);
  });

  it('what_the_sources_say_already_is_said_once', () => {
    const known = source.replace('var.acl', '"public-read"');
    const plan = text(planOf([bucket({ bucket: 'x', acl: 'public-read' })]));
    expect(places({ 'main.tf': known, 'plan.json': plan }, acl)).toEqual(['main.tf:4']);
  });

  it('no_value_of_a_plan_is_shown_and_a_sensitive_one_is_not_judged', () => {
    const value = ['hunter2', 'correct', 'horse'].join('-');
    const resource = bucket({ acl: 'public-read', bucket: value, tags: { owner: `a"${value}` } });
    const plan = { ...planOf([resource]), variables: { acl: { value } }, prior_state: { values: { outputs: { a: { value } } } } };
    const { drafts } = scanner.scan({ 'plan.json': text(plan), 'one-line.json': JSON.stringify(plan) });
    expect(drafts.length).toBeGreaterThan(2);
    expect(JSON.stringify(drafts)).not.toContain(value);
    const sensitive = bucket({ acl: 'public-read' }, { sensitive: { acl: true } });
    expect(places({ 'plan.json': text(planOf([sensitive])) }, acl)).toEqual([]);
  });

  it('what_only_looks_like_a_plan_and_what_is_too_large_is_said', () => {
    const coverage = (plan: string) => scanner.scan({ 'plan.json': plan }).coverage.map(({ reason }) => reason);
    expect(coverage('{"format_version":"1.2","planned_values":7}')).toEqual(['syntax_error']);
    expect(coverage('{"format_version":"1.2","planned_values":{')).toEqual(['syntax_error']);
    let modules: object = { resources: [] };
    for (let depth = 0; depth < 40; depth++) modules = { child_modules: [modules] };
    expect(coverage(JSON.stringify({ format_version: '1.2', planned_values: { root_module: modules } }))).toEqual(['limit_reached']);
    const many = planOf([bucket({ tags: Array.from({ length: limits.iacNodesMax + 10 }, () => 1) }), bucket({})]);
    expect(coverage(JSON.stringify(many))).toEqual(['limit_reached']);
  });

  it('a_value_that_nests_without_end_costs_that_file_alone', () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const plan = `{"format_version":"1.2","planned_values":{"root_module":{"resources":[{"address":"aws_s3_bucket.b","type":"aws_s3_bucket","name":"b","values":{"acl":"public-read","tags":${deep}}}]}}}`;
    expect(places({ 'plan.json': plan, 'b.tf': 'resource "aws_s3_bucket" "c" {\n  acl = "public-read"\n}\n' }, acl)).toContain('b.tf:2');
  });
});
