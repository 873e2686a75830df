import type { Fault } from '../model/fault.ts';
import { fromJson } from '../model/from-json.ts';
import type { Subject } from '../model/subject.ts';
import { itemsOf, member, textOf, type Place, type Value } from '../model/value.ts';

const secretName =
  /(?:^|_)(?:password|passwd|passphrase|pwd|secret|secret_?key|api_?key|access_?key|private_?key|auth_?token|access_?token|api_?token|token|credentials?|signing_?key|encryption_?key|client_?secret|jwt_?key)(?:$|_(?:key|value|base64)$|\d*$)/iu;
const notTheSecret = /_(?:file|path|arn|name|id|url|ttl|uri|ref|version|length|expiry|expires|algorithm|enabled|header)$/iu;
const placeholder =
  /^$|^<.*>$|\$\{|\$\(|\{\{|^\$|change[-_ ]?me|replace[-_ ]?me|your[-_ ]|placeholder|xxxx|^arn:|^projects\/|^(?:true|false|null|none|\d{1,4})$|^\/|:\/\/(?![^\s/]*:[^\s/]*@)/iu;
const urlWithPassword = /:\/\/[^\s:/@]+:(?![<${*x])[^\s@/]{3,}@/iu;

type Variable = { readonly name: string; readonly value: Value; readonly place: Place };

/** Variables of an environment whose name or form says secret and whose value is written out. */
export function secretInEnvironment(subject: Subject): readonly Fault[] {
  return variablesOf(subject)
    .filter(({ name, value }) => isSecret(name, textOf(value)) || keepsArgument(subject, name, textOf(value)))
    .map(({ name, place }) => ({ place, note: `Variable ${name.slice(0, 80)}.`, context: name }));
}

function isSecret(name: string, text: string | undefined): boolean {
  if (text === undefined) return false;
  if (urlWithPassword.test(text)) return true;
  return hasSecretName(name) && !placeholder.test(text);
}

// `ENV TOKEN=$TOKEN` writes a build argument into the image's configuration for good.
function keepsArgument(subject: Subject, name: string, text: string | undefined): boolean {
  if (textOf(member(subject.value, 'keyword')) !== 'ENV' || !hasSecretName(name)) return false;
  const argument = /^\$\{?(\w+)\}?$/u.exec(text ?? '')?.[1];
  return argument !== undefined && itemsOf(member(subject.value, 'declared')).some((item) => textOf(item) === argument);
}

function hasSecretName(name: string): boolean {
  return secretName.test(name.replaceAll(/([a-z])([A-Z])/gu, '$1_$2')) && !notTheSecret.test(name);
}

function variablesOf(subject: Subject): readonly Variable[] {
  const { value } = subject;
  switch (subject.format) {
    case 'kubernetes':
      return subject.type === 'ConfigMap'
        ? members(member(value, 'data'))
        : itemsOf(member(value, 'env')).flatMap((item) => named(item, 'name', 'value'));
    case 'terraform':
      return [
        ...itemsOf(member(value, 'environment')).flatMap((environment) => members(member(environment, 'variables'))),
        ...definitionsOf(member(value, 'container_definitions')).flatMap(taskVariables),
      ];
    case 'cloudformation':
      return [
        ...members(member(member(value, 'Environment'), 'Variables')),
        ...itemsOf(member(value, 'ContainerDefinitions')).flatMap(taskVariables),
      ];
    case 'compose':
      return members(member(value, 'environment'));
    case 'dockerfile':
      return assignments(subject);
    case 'workflow':
      return members(member(value, 'env'));
    case 'openapi':
      return [];
  }
}

// The containers of a task of ECS: a list, or JSON text of one.
function definitionsOf(value: Value | undefined): readonly Value[] {
  if (value?.kind === 'encoded') return itemsOf(value.value);
  const text = value?.kind === 'unknown' ? value.text : textOf(value);
  return value === undefined || text === undefined ? [] : itemsOf(fromJson(text, value.place));
}

function taskVariables(container: Value): readonly Variable[] {
  return [
    ...itemsOf(member(container, 'environment')).flatMap((item) => named(item, 'name', 'value')),
    ...itemsOf(member(container, 'Environment')).flatMap((item) => named(item, 'Name', 'Value')),
  ];
}

function named(item: Value, nameKey: string, valueKey: string): readonly Variable[] {
  const name = textOf(member(item, nameKey));
  const entry = item.kind === 'map' ? item.entries.get(valueKey) : undefined;
  return name === undefined || entry === undefined ? [] : [{ name, value: entry.value, place: entry.place }];
}

function members(value: Value | undefined): readonly Variable[] {
  return value?.kind === 'map' ? [...value.entries].map(([name, entry]) => ({ name, value: entry.value, place: entry.place })) : [];
}

function assignments(subject: Subject): readonly Variable[] {
  const raw = textOf(member(subject.value, 'raw')) ?? '';
  const pairs = [...raw.matchAll(/([A-Za-z_]\w{0,100})=("[^"]*"|'[^']*'|\S*)/gu)].map(([, name = '', text = '']) => ({ name, text }));
  const [name = '', ...rest] = raw.trim().split(/\s+/u);
  if (pairs.length === 0 && rest.length > 0) pairs.push({ name, text: rest.join(' ') });
  return pairs.map((pair) => ({
    name: pair.name,
    value: { kind: 'scalar', value: pair.text.replaceAll(/^["']|["']$/gu, ''), place: subject.place, refs: [] },
    place: subject.place,
  }));
}
