import type { Fault } from '../model/fault.ts';
import type { Subject } from '../model/subject.ts';
import { itemsOf, member, textOf, type Value } from '../model/value.ts';

/** A pod that asks for its account's token although the account has no role, or has one that owns the cluster. */
export function needlessToken(subject: Subject): readonly Fault[] {
  const entry = subject.value.kind === 'map' ? subject.value.entries.get('automountServiceAccountToken') : undefined;
  if (entry === undefined || textOf(entry.value) !== 'true') return [];
  const account = member(subject.value, 'serviceAccountName') ?? member(subject.value, 'serviceAccount');
  const name = account === undefined ? 'default' : textOf(account);
  if (name === undefined) return [];
  const bindings = [...subject.world.ofType('RoleBinding'), ...subject.world.ofType('ClusterRoleBinding')].filter((binding) =>
    itemsOf(member(binding.value, 'subjects')).some((one) => mayName(one, name)),
  );
  if (bindings.length === 0) return [{ place: entry.place, note: 'No binding gives the account a role.' }];
  return bindings.some(givesEverything) ? [{ place: entry.place, note: 'The account may do everything.' }] : [];
}

function givesEverything(binding: Subject): boolean {
  const role = textOf(member(member(binding.value, 'roleRef'), 'name'));
  if (role === 'cluster-admin') return true;
  return binding.world
    .ofType('rule')
    .filter((rule) => textOf(member(member(rule.roots.get('object'), 'metadata'), 'name')) === role)
    .some((rule) => ['resources', 'verbs'].every((part) => itemsOf(member(rule.value, part)).some((one) => textOf(one) === '*')));
}

// A group may hold the account, and a name that is not known may be its name.
function mayName(bound: Value, account: string): boolean {
  if (textOf(member(bound, 'kind')) === 'Group')
    return /^system:(?:serviceaccounts|authenticated)/u.test(textOf(member(bound, 'name')) ?? '');
  const name = member(bound, 'name');
  return name?.kind === 'unknown' || textOf(name) === account;
}
