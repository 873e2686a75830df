import { describe, expect, it } from 'vitest';
import { publishedModel } from './published-model.ts';
import { sdkModel } from './sdk-model.ts';
import { checkRequest, type ServiceModel, type Shape } from './service-model.ts';

const published = publishedModel();
const models = [sdkModel(), ...(published === undefined ? [] : [published])];

const good = {
  taskDefinition: 'analysis:3',
  cluster: 'aegis',
  count: 1,
  launchType: 'FARGATE',
  enableExecuteCommand: false,
  propagateTags: 'TASK_DEFINITION',
  startedBy: 'a',
  tags: [{ key: 'aegis:tenant', value: 'x' }],
  networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'], assignPublicIp: 'DISABLED' } },
  overrides: { containerOverrides: [{ name: 'analysis', environment: [{ name: 'A', value: 'b' }] }] },
};
type Plant = readonly [name: string, change: Record<string, unknown>, problem: string];

describe.each(models)('the model of $name', (model) => {
  it('takes_a_good_request', () => {
    expect(checkRequest(model, 'RunTask', good)).toEqual([]);
    expect(checkRequest(model, 'StopTask', { cluster: 'aegis', task: 't', reason: 'why' })).toEqual([]);
  });

  const plants: readonly Plant[] = [
    ['a_missing_required_member', { taskDefinition: undefined }, '$.taskDefinition: required'],
    ['a_member_that_does_not_exist', { assignPublicIp: 'DISABLED' }, '$.assignPublicIp: unknown member'],
    ['a_word_outside_an_enumeration', { launchType: 'fargate' }, '$.launchType: `fargate` is none of'],
    ['a_string_for_a_number', { count: '1' }, '$.count: not a'],
    ['a_string_for_a_boolean', { enableExecuteCommand: 'false' }, '$.enableExecuteCommand: not a boolean'],
    ['a_string_for_a_list', { tags: 'x' }, '$.tags: not a list'],
    [
      'a_missing_required_member_deep_inside',
      { networkConfiguration: { awsvpcConfiguration: {} } },
      '$.networkConfiguration.awsvpcConfiguration.subnets: required',
    ],
    [
      'a_wrong_kind_deep_inside',
      { overrides: { containerOverrides: [{ environment: [{ name: 1 }] }] } },
      '$.overrides.containerOverrides[0].environment[0].name: not a string',
    ],
    [
      'an_enumeration_deep_inside',
      { networkConfiguration: { awsvpcConfiguration: { subnets: [], assignPublicIp: 'NO' } } },
      'assignPublicIp: `NO` is none of',
    ],
    ['a_list_where_a_structure_belongs', { overrides: [] }, '$.overrides: not a structure'],
  ];
  it.each(plants)('finds_%s', (_name, change, problem) => {
    const onTheWire: unknown = JSON.parse(JSON.stringify({ ...good, ...change }));
    const problems = checkRequest(model, 'RunTask', onTheWire);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it('finds_an_operation_that_does_not_exist', () => {
    expect(checkRequest(model, 'RunTasks', good)).toHaveLength(1);
  });

  it('knows_every_operation_that_the_product_calls', () => {
    const called = ['RunTask', 'StopTask', 'DescribeTasks', 'ListTasks', 'DescribeTaskDefinition', 'RegisterTaskDefinition'];
    expect(called.filter((name) => !model.operations.has(name))).toEqual([]);
  });
});

describe.runIf(published !== undefined)('the published model, beyond the SDK', () => {
  const model = published!;
  const [sdk] = models;

  it('the_newer_model_of_the_sdk_knows_every_member_and_word_of_it', () => {
    const called = ['RunTask', 'StopTask', 'DescribeTasks', 'ListTasks', 'DescribeTaskDefinition', 'RegisterTaskDefinition'];
    const lost = called.flatMap((name) =>
      lostOn({ model: sdk!, shape: sdk!.operations.get(name)! }, { model, shape: model.operations.get(name)! }),
    );
    expect(lost).toEqual([]);
  });

  it.each([
    ['an empty key', [{ key: '', value: 'x' }], '$.tags[0].key: 0 is below 1'],
    ['a long key', [{ key: 'k'.repeat(129), value: 'x' }], '$.tags[0].key: 129 is above 128'],
    ['a long value', [{ key: 'k', value: 'v'.repeat(257) }], '$.tags[0].value: 257 is above 256'],
    ['a value of other characters', [{ key: 'k', value: 'a<b' }], '$.tags[0].value: does not match'],
    ['more tags than a task may have', Array.from({ length: 51 }, () => ({ key: 'k', value: 'v' })), '$.tags: 51 is above 50'],
  ])('finds_%s', (_name, tags, problem) => {
    const problems = checkRequest(model, 'RunTask', { ...good, tags });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });
});

type Side = { readonly model: ServiceModel; readonly shape: string };

/** Members, words and demands of a shape of the older model that the newer one has not. */
function lostOn(newer: Side, older: Side, seen = new Set<string>()): string[] {
  const [now, before] = [newer.model.shapes.get(newer.shape), older.model.shapes.get(older.shape)];
  if (now === undefined || before === undefined || seen.has(older.shape)) return [];
  seen.add(older.shape);
  const below = (shape: string, formerly: string): string[] => lostOn({ ...newer, shape }, { ...older, shape: formerly }, seen);
  if (now.type !== before.type) return [`${older.shape}: ${before.type} is ${now.type} now`];
  if (before.type === 'list' && now.type === 'list') return below(now.member, before.member);
  if (before.type === 'string' && now.type === 'string') return lostWords(now.enum, before.enum);
  return before.type === 'structure' && now.type === 'structure' ? lostMembers({ now, before, name: older.shape }, below) : [];
}

function lostWords(now: readonly string[] | undefined, before: readonly string[] = []): string[] {
  return now === undefined ? [] : before.filter((word) => !now.includes(word));
}

type Structure = Extract<Shape, { type: 'structure' }>;
type Pair = { readonly now: Structure; readonly before: Structure; readonly name: string };

function lostMembers({ now, before, name }: Pair, below: (now: string, before: string) => string[]): string[] {
  const demands = now.required.filter((member) => !before.required.includes(member)).map((member) => `${name}.${member}: required`);
  const members = [...before.members].flatMap(([member, shape]) => {
    const there = now.members.get(member);
    return there === undefined ? [`${name}.${member}: gone`] : below(there, shape);
  });
  return [...demands, ...members];
}
