import { member, textOf, type Entry, type ListValue, type MapValue, type Value } from '../model/value.ts';

/**
 * What a JSON patch makes of a value. An operation that does not fit is passed over: the tool would refuse it, and nothing is known then.
 * `test` is taken as true; `move` and `copy` are passed over. Source: RFC 6902.
 */
export function applyOperations(base: Value, operations: readonly Value[]): Value {
  return operations.reduce((value, operation) => {
    const [op, path] = [textOf(member(operation, 'op')), textOf(member(operation, 'path'))];
    if (path === undefined || !path.startsWith('/') || (op !== 'add' && op !== 'replace' && op !== 'remove')) return value;
    const given = op === 'remove' ? undefined : member(operation, 'value');
    if (op !== 'remove' && given === undefined) return value;
    return change(value, path.slice(1).split('/').map(unescaped), { given, inserts: op === 'add' }) ?? value;
  }, base);
}

// RFC 6901, section 4
const unescaped = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

type Change = { readonly given: Value | undefined; readonly inserts: boolean };

// Undefined where the path leads nowhere.
function change(value: Value, path: readonly string[], what: Change): Value | undefined {
  if (value.kind === 'map') return changeMember(value, path, what);
  return value.kind === 'list' ? changeItem(value, path, what) : undefined;
}

function changeItem(value: ListValue, [token = '', ...rest]: readonly string[], what: Change): Value | undefined {
  const at = token === '-' ? value.items.length : Number(token);
  const item = value.items[at];
  if (rest.length > 0) {
    const changed = item === undefined ? undefined : change(item, rest, what);
    return changed === undefined ? undefined : { ...value, items: value.items.with(at, changed) };
  }
  const last = what.given === undefined ? value.items.length - 1 : value.items.length; // what is removed must be there
  if (!Number.isSafeInteger(at) || at < 0 || at > last) return undefined;
  const given = what.given === undefined ? [] : [what.given];
  return { ...value, items: value.items.toSpliced(at, what.inserts ? 0 : 1, ...given) };
}

function changeMember(value: MapValue, [token = '', ...rest]: readonly string[], what: Change): Value | undefined {
  const entry = value.entries.get(token);
  const entries = new Map<string, Entry>(value.entries);
  if (rest.length > 0) {
    const changed = entry === undefined ? undefined : change(entry.value, rest, what);
    if (entry === undefined || changed === undefined) return undefined;
    entries.set(token, { ...entry, value: changed });
  } else if (what.given === undefined) entries.delete(token);
  else entries.set(token, { place: what.given.place, value: what.given });
  return { ...value, entries };
}
