import type { Subject } from '../model/subject.ts';
import { fromJson } from '../model/from-json.ts';
import { itemsOf, member, scalar, type Place, type Value } from '../model/value.ts';

/** One statement of an IAM policy, however the policy was written. A member that is not known is undefined, an absent one empty. */
export type Statement = {
  readonly place: Place;
  readonly effect: Value | undefined;
  readonly actions: readonly Value[];
  readonly resources: readonly Value[];
  readonly principals: readonly Value[];
  readonly conditional: boolean;
  readonly id: string;
};

/** The statements of a policy value: JSON text, `jsonencode`, an object, or a reference to an `aws_iam_policy_document`. */
export function readPolicy(value: Value | undefined, subject: Subject): readonly Statement[] {
  if (value === undefined) return [];
  const document = documentOf(value);
  if (document !== undefined) return itemsOf(member(document, 'Statement')).flatMap(readStatement);
  return value.refs
    .filter(isPolicyDocument)
    .flatMap((ref) => subject.world.ofKey(ref))
    .flatMap((data) => readDocument(data.value));
}

/** Says whether a reference names an `aws_iam_policy_document`. */
export function isPolicyDocument(ref: string): boolean {
  return /(?:^|\.)data\.aws_iam_policy_document\./u.test(ref);
}

/** The statements of an `aws_iam_policy_document` data source. */
export function readDocument(value: Value): readonly Statement[] {
  return itemsOf(member(value, 'statement')).flatMap((statement) => {
    if (statement.kind !== 'map') return [];
    const principals = itemsOf(member(statement, 'principals')).flatMap((one) => itemsOf(member(one, 'identifiers')));
    return {
      place: statement.place,
      effect: member(statement, 'effect') ?? scalar('Allow', statement.place),
      actions: itemsOf(member(statement, 'actions')),
      resources: itemsOf(member(statement, 'resources')),
      principals,
      conditional: statement.entries.has('condition') || statement.open,
      id: idOf(member(statement, 'sid')),
    };
  });
}

function documentOf(value: Value): Value | undefined {
  if (value.kind === 'encoded') return value.value.kind === 'map' ? value.value : undefined;
  if (value.kind === 'map') return value;
  const text = value.kind === 'scalar' ? String(value.value) : value.kind === 'unknown' ? value.text : undefined;
  return text?.includes('Statement') !== true ? undefined : fromJson(text, value.place);
}

function readStatement(statement: Value): readonly Statement[] {
  if (statement.kind !== 'map') return [];
  const principal = member(statement, 'Principal');
  const principals =
    principal?.kind === 'map' ? [...principal.entries.values()].flatMap((entry) => itemsOf(entry.value)) : itemsOf(principal);
  return [
    {
      place: statement.place,
      effect: member(statement, 'Effect'),
      actions: itemsOf(member(statement, 'Action')),
      resources: itemsOf(member(statement, 'Resource')),
      principals,
      conditional: member(statement, 'Condition') !== undefined || statement.open,
      id: idOf(member(statement, 'Sid')),
    },
  ];
}

function idOf(value: Value | undefined): string {
  return value?.kind === 'scalar' ? String(value.value) : '';
}
