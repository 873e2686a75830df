import type { Fault } from '../model/fault.ts';
import type { Subject } from '../model/subject.ts';
import { itemsOf, member, textOf, type Value } from '../model/value.ts';
import { placeInside } from './place-inside.ts';
import { isPolicyDocument, readDocument, readPolicy, type Statement } from './read-policy.ts';

/** Allow statements of an identity's policy that give every action of a service, or of all, on every resource, without a condition. */
export function wildcardPolicy(subject: Subject): readonly Fault[] {
  return statementsOf(subject)
    .filter((statement) => allows(statement) && statement.principals.length === 0)
    .filter(({ actions, resources }) => actions.some((action) => isWildcard(action)) && resources.some(isEverything))
    .map((statement) => fault(subject, statement, `Statement allows ${actionsOf(statement)} on *.`));
}

/** Allow statements of an identity's policy with a wildcard in an action: the service's new actions are allowed as they come. */
export function broadActions(subject: Subject): readonly Fault[] {
  return statementsOf(subject)
    .filter((statement) => allows(statement) && statement.principals.length === 0)
    .filter(({ actions, resources }) =>
      actions.some((action) => isWildcard(action) || (hasWildcard(action) && resources.some(isEverything))),
    )
    .map((statement) => fault(subject, statement, `Statement allows ${actionsOf(statement)}.`));
}

/** Allow statements of a resource's policy that name everybody and no condition. */
export function publicPolicy(subject: Subject): readonly Fault[] {
  return statementsOf(subject)
    .filter((statement) => allows(statement) && statement.principals.some((principal) => textOf(principal) === '*'))
    .map((statement) => fault(subject, statement, 'Principal is *.'));
}

/** Trust policies of roles that anybody may assume. */
export function publicTrust(subject: Subject): readonly Fault[] {
  return readPolicy(member(subject.value, 'assume_role_policy') ?? member(subject.value, 'AssumeRolePolicyDocument'), subject)
    .filter((statement) => allows(statement) && statement.principals.some((principal) => textOf(principal) === '*'))
    .map((statement) => fault(subject, statement, 'Anybody may assume the role.'));
}

const policyMembers = ['policy', 'PolicyDocument', 'access_policies', 'AccessPolicies', 'RepositoryPolicyText'];

function statementsOf(subject: Subject): readonly Statement[] {
  if (subject.type === 'data.aws_iam_policy_document') return readDocument(subject.value);
  // a document that is read by name is reported where it is written
  const written = (value: Value | undefined): readonly Statement[] =>
    value?.refs.some(isPolicyDocument) === true && !isPublicCheck(subject) ? [] : readPolicy(value, subject);
  const inline = [...itemsOf(member(subject.value, 'inline_policy')), ...itemsOf(member(subject.value, 'Policies'))];
  return [
    ...policyMembers.flatMap((name) => written(member(subject.value, name))),
    ...inline.flatMap((one) => written(member(one, 'policy') ?? member(one, 'PolicyDocument') ?? documentItself(one))),
  ];
}

// A function of SAM writes the document itself among its policies.
function documentItself(value: Value): Value | undefined {
  return member(value, 'Statement') === undefined ? undefined : value;
}

function isPublicCheck(subject: Subject): boolean {
  return !subject.type.startsWith('aws_iam_');
}

function allows(statement: Statement): boolean {
  return textOf(statement.effect) === 'Allow' && !statement.conditional;
}

function actionsOf(statement: Statement): string {
  return statement.actions
    .map((action) => textOf(action) ?? '?')
    .join(', ')
    .slice(0, 100);
}

function isEverything(resource: Value): boolean {
  return textOf(resource) === '*';
}

function hasWildcard(action: Value): boolean {
  return textOf(action)?.includes('*') === true;
}

function isWildcard(action: Value): boolean {
  return /^(?:\*|[a-z0-9-]+:\*)$/iu.test(textOf(action) ?? '');
}

function fault(subject: Subject, statement: Statement, note: string): Fault {
  return { place: placeInside(statement.place, subject), note, context: `${statement.id} ${note}` };
}
