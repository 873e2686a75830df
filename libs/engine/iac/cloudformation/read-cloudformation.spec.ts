import { beforeAll, describe, expect, it } from 'vitest';
import { openScanner, type Scanner } from '../testing/scanner.ts';

let scanner: Scanner;
const acl = 'cfn/aws-s3-public-acl';

beforeAll(async () => {
  scanner = await openScanner();
});

function isPublic(value: string, rest = ''): boolean {
  const text = `${rest}\nResources:\n  A:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: ${value}\n`;
  return scanner.scan({ 'stack.yaml': text }).drafts.some(({ ruleId }) => ruleId === acl);
}

describe('intrinsics', () => {
  const parameter =
    'Parameters:\n  Acl: { Type: String, Default: PublicRead }\n  Stage: { Type: String, Default: dev }\n  Open: { Type: String }\n';
  const conditions =
    'Conditions:\n  IsDev: !Equals [!Ref Stage, dev]\n  IsProd: !Not [!Condition IsDev]\n  Both: !And [!Condition IsDev, !Condition IsProd]\n  Either: !Or [!Condition IsDev, !Equals [!Ref Open, a]]\n  Asked: !Equals [!Ref Open, a]\n  Round: !Condition Round\n';
  const mappings = 'Mappings:\n  Acls: { dev: { Acl: PublicRead }, prod: { Acl: Private } }\n';
  const all = parameter + conditions + mappings;

  it.each([
    ['!Ref Acl', true],
    ['{ Ref: Acl }', true],
    ['!Ref Open', false],
    ['!Sub "Public${Word}"', false],
    ['!Sub ["Public${Word}", { Word: Read }]', true],
    ['!Sub "${Acl}"', true],
    ['!Join ["", [Public, Read]]', true],
    ['!Join ["", [Public, !Ref Open]]', false],
    ['!Select [1, [Private, PublicRead]]', true],
    ['!Select [0, !Split [",", "PublicRead,Private"]]', true],
    ['!If [IsDev, PublicRead, Private]', true],
    ['!If [IsProd, PublicRead, Private]', false],
    ['!If [Both, PublicRead, Private]', false],
    ['!If [Either, PublicRead, Private]', true],
    ['!If [Asked, PublicRead, Private]', false],
    ['!If [Asked, PublicRead, PublicRead]', true],
    ['!If [Round, PublicRead, Private]', false],
    ['!If [IsDev, !Ref AWS::NoValue, PublicRead]', false],
    ['!FindInMap [Acls, !Ref Stage, Acl]', true],
    ['!FindInMap [Acls, prod, Acl]', false],
    ['!FindInMap [Acls, !Ref Open, Acl]', false],
    ['!ImportValue PublicRead', false],
  ])('AccessControl: %s', (value, expected) => {
    expect(isPublic(value, all)).toBe(expected);
  });

  it('a_resource_whose_condition_does_not_hold_is_not_made', () => {
    const text = (name: string): string =>
      `${all}Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Condition: ${name}\n    Properties: { AccessControl: PublicRead }\n`;
    const found = (name: string): boolean => scanner.scan({ 'stack.yaml': text(name) }).drafts.some(({ ruleId }) => ruleId === acl);
    expect([found('IsDev'), found('IsProd'), found('Asked')]).toEqual([true, false, true]);
  });

  it('what_a_parameter_store_holds_is_not_known_by_its_name', () => {
    expect(isPublic('!Ref P', 'Parameters:\n  P: { Type: "AWS::SSM::Parameter::Value<String>", Default: PublicRead }')).toBe(false);
  });
});

describe('sam', () => {
  const tracing = 'aws/sam-function-tracing-off';
  const template = (globals: string): string =>
    `Transform: AWS::Serverless-2016-10-31\n${globals}Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: { Handler: a.b }\n`;

  it('globals_reach_the_resources_that_do_not_say_otherwise', () => {
    const found = (globals: string): boolean =>
      scanner.scan({ 'template.yaml': template(globals) }).drafts.some(({ ruleId }) => ruleId === tracing);
    expect([found(''), found('Globals:\n  Function: { Tracing: Active }\n')]).toEqual([true, false]);
  });
});

describe('json', () => {
  it('is_read_wherever_it_stands', () => {
    const text = JSON.stringify(
      { Resources: { A: { Type: 'AWS::S3::Bucket', Properties: { AccessControl: { 'Fn::Sub': 'PublicRead' } } } } },
      undefined,
      1,
    );
    expect(scanner.scan({ 'deploy/storage.json': text }).drafts.map(({ ruleId }) => ruleId)).toContain(acl);
  });
});
