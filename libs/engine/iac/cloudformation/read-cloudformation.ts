import { firstLine, map, member, textOf, type Entry, type SourceFile, type Value } from '../model/value.ts';
import { worldOf, type Subject } from '../model/subject.ts';
import { conditionHolds } from './condition-holds.ts';
import { resolveIntrinsics } from './resolve-intrinsics.ts';
import { readTemplate } from './template.ts';

/** Says cheaply whether a text may be a template. */
export function looksLikeCloudFormation(text: string): boolean {
  return (
    /\bAWSTemplateFormatVersion\b/u.test(text) ||
    (/^\s*["']?Resources["']?\s*:/mu.test(text) && /["']?Type["']?\s*:\s*["']?AWS::/u.test(text)) ||
    /^\s*["']?Transform["']?\s*:\s*["']?AWS::Serverless/mu.test(text)
  );
}

/** Each resource that the template makes as a subject of its type (`AWS::S3::Bucket`); its value is `Properties`, with intrinsics and SAM's `Globals` worked out. */
export function readCloudFormation(file: SourceFile, document: Value): readonly Subject[] {
  const resources = member(document, 'Resources');
  if (resources?.kind !== 'map') return [];
  const template = readTemplate(document);
  const subjects: Subject[] = [];
  const world = worldOf(subjects);
  for (const [name, { value, place }] of resources.entries) {
    const type = textOf(member(value, 'Type'));
    const condition = textOf(member(value, 'Condition'));
    if (type === undefined || (condition !== undefined && conditionHolds(condition, template, resolveIntrinsics) === false)) continue;
    const own = resolveIntrinsics(member(value, 'Properties') ?? map(new Map(), place), template);
    const globals = member(member(document, 'Globals'), type.replace('AWS::Serverless::', ''));
    subjects.push({
      format: 'cloudformation',
      type,
      address: name,
      value: globals === undefined ? own : withDefaults(own, resolveIntrinsics(globals, template)),
      roots: new Map([['resource', value]]),
      file,
      place,
      head: firstLine(place),
      world,
    });
  }
  return subjects;
}

// What a resource says wins; maps are joined, lists are not looked into.
function withDefaults(own: Value, defaults: Value): Value {
  if (own.kind !== 'map' || defaults.kind !== 'map') return own;
  const entries = new Map<string, Entry>(own.entries);
  for (const [name, entry] of defaults.entries) {
    const before = entries.get(name);
    entries.set(name, before === undefined ? entry : { ...before, value: withDefaults(before.value, entry.value) });
  }
  return { ...own, entries, open: own.open || defaults.open };
}
