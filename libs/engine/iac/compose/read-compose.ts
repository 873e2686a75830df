import { firstLine, map, member, textOf, type Entry, type SourceFile, type Value } from '../model/value.ts';
import { worldOf, type Subject } from '../model/subject.ts';

/** Compose files by their usual names. */
export function isComposePath(path: string): boolean {
  return /(?:^|\/)(?:docker-)?compose(?:[._-][^/]*)?\.ya?ml$/iu.test(path);
}

/** The subject `service`; `environment` is a map, however it was written. */
export function readCompose(file: SourceFile, document: Value): readonly Subject[] {
  const services = member(document, 'services');
  if (services?.kind !== 'map') return [];
  const subjects: Subject[] = [];
  const world = worldOf(subjects);
  for (const [name, { value, place }] of services.entries) {
    subjects.push({
      format: 'compose',
      type: 'service',
      address: `service ${name}`,
      value: withEnvironment(value),
      roots: new Map(),
      file,
      place,
      head: firstLine(place),
      world,
    });
  }
  return subjects;
}

function withEnvironment(service: Value): Value {
  const written = member(service, 'environment');
  if (service.kind !== 'map' || written?.kind !== 'list') return service;
  const entries = new Map<string, Entry>();
  for (const item of written.items) {
    const text = textOf(item) ?? '';
    const equals = text.indexOf('=');
    if (equals <= 0) continue;
    const value: Value = { kind: 'scalar', value: text.slice(equals + 1), place: item.place, refs: [] };
    entries.set(text.slice(0, equals), { place: item.place, value });
  }
  const environment: Entry = { place: written.place, value: map(entries, written.place, written.open) };
  return { ...service, entries: new Map([...service.entries, ['environment', environment]]) };
}
