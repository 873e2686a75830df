import { firstLine, map, member, textOf, unknown, type Entry, type SourceFile, type Value } from '../model/value.ts';
import { worldOf, type Subject } from '../model/subject.ts';

/** Says cheaply whether a text may be a template. */
export function looksLikeCloudFormation(text: string): boolean {
  return (
    /\bAWSTemplateFormatVersion\b/u.test(text) ||
    (/^\s*["']?Resources["']?\s*:/mu.test(text) && /["']?Type["']?\s*:\s*["']?AWS::/u.test(text))
  );
}

/** Each resource as a subject of its type (`AWS::S3::Bucket`); its value is `Properties`. */
export function readCloudFormation(file: SourceFile, document: Value): readonly Subject[] {
  const resources = member(document, 'Resources');
  if (resources?.kind !== 'map') return [];
  const subjects: Subject[] = [];
  const world = worldOf(subjects);
  for (const [name, { value, place }] of resources.entries) {
    const type = textOf(member(value, 'Type'));
    if (type === undefined) continue;
    const properties = withoutIntrinsics(member(value, 'Properties') ?? map(new Map(), place));
    subjects.push({
      format: 'cloudformation',
      type,
      address: name,
      value: properties,
      roots: new Map([['resource', value]]),
      file,
      place,
      head: firstLine(place),
      world,
    });
  }
  return subjects;
}

const intrinsic = /^(?:Ref|Fn::[A-Za-z0-9]{1,40})$/u;

// `{ Ref: X }` and `{ Fn::Sub: ... }`, as JSON must write them, are decided when the stack is made. The reader has bounded the depth.
function withoutIntrinsics(value: Value): Value {
  if (value.kind === 'list') return { ...value, items: value.items.map(withoutIntrinsics) };
  if (value.kind !== 'map') return value;
  const [name] = value.entries.keys();
  if (value.entries.size === 1 && name !== undefined && intrinsic.test(name)) return unknown(value.place);
  const entries = [...value.entries].map(([key, entry]): [string, Entry] => [key, { ...entry, value: withoutIntrinsics(entry.value) }]);
  return { ...value, entries: new Map(entries) };
}
