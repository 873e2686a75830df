import { firstLine, list, map, member, scalar, textOf, type Entry, type SourceFile, type Value } from '../model/value.ts';
import { worldOf, type Subject } from '../model/subject.ts';

/** Says cheaply whether a text may describe an API. */
export function looksLikeOpenApi(text: string): boolean {
  return /^\s*["']?(?:openapi|swagger)["']?\s*:\s*["']?[23]\./mu.test(text) && /^\s*["']?paths["']?\s*:/mu.test(text);
}

const methods: ReadonlySet<string> = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);

/**
 * The subjects `document`, `operation` (with `security`, its own or that of the document, and `method`) and `scheme`.
 * Source: https://spec.openapis.org/oas/v3.1.0, https://swagger.io/specification/v2/
 */
export function readOpenApi(file: SourceFile, document: Value): readonly Subject[] {
  if (textOf(member(document, 'openapi')) === undefined && textOf(member(document, 'swagger')) === undefined) return [];
  const subjects: Subject[] = [];
  const world = worldOf(subjects);
  const add = (type: string, address: string, { value, place }: Entry): void => {
    const roots = new Map([['document', document]]);
    subjects.push({ format: 'openapi', type, address, value, roots, file, place, head: firstLine(place), world });
  };
  add('document', 'API', { value: document, place: document.place });
  const schemes = member(member(document, 'components'), 'securitySchemes') ?? member(document, 'securityDefinitions');
  for (const [name, entry] of membersOf(schemes)) add('scheme', `scheme ${name}`, entry);
  for (const [path, { value }] of membersOf(member(document, 'paths'))) {
    for (const [method, entry] of membersOf(value)) {
      if (methods.has(method)) add('operation', `${method} ${path}`, { ...entry, value: withSecurity(entry.value, document, method) });
    }
  }
  return subjects;
}

function membersOf(value: Value | undefined): readonly (readonly [string, Entry])[] {
  return value?.kind === 'map' ? [...value.entries] : [];
}

// What an operation says of security replaces what the document says; `[]` and `{}` mean that a caller needs nothing.
function withSecurity(operation: Value, document: Value, method: string): Value {
  if (operation.kind !== 'map') return operation;
  const entries = new Map(operation.entries);
  const security = member(operation, 'security') ?? member(document, 'security') ?? list([], operation.place);
  const needs = security.kind === 'list' ? security.items : [security];
  const isOpen = !isUnknown(security) && (needs.length === 0 || needs.some((need) => need.kind === 'map' && need.entries.size === 0));
  const written = operation.entries.get('security')?.place ?? firstLine(operation.place);
  entries.set('anonymous', { place: written, value: scalar(isOpen, written) });
  entries.set('method', { place: firstLine(operation.place), value: scalar(method, operation.place) });
  return map(entries, operation.place, operation.open);
}

function isUnknown(value: Value): boolean {
  return value.kind === 'unknown' || (value.kind === 'list' && value.open);
}
