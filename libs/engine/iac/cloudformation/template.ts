import { member, textOf, type Entry, type Value } from '../model/value.ts';

/** What a template says outside of its resources. */
export type Template = {
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly mappings: ReadonlyMap<string, Entry>;
  readonly conditions: ReadonlyMap<string, Entry>;
  /** Conditions that are being worked out. */
  readonly pending: Set<string>;
};

/** A parameter; `value` is its default. */
type Parameter = { readonly isList: boolean; readonly value: Value | undefined };

/** Reads parameters, mappings and conditions of a template. */
export function readTemplate(document: Value): Template {
  return {
    parameters: parametersOf(document),
    mappings: entriesOf(document, 'Mappings'),
    conditions: entriesOf(document, 'Conditions'),
    pending: new Set(),
  };
}

function entriesOf(document: Value, name: string): ReadonlyMap<string, Entry> {
  const section = member(document, name);
  return section?.kind === 'map' ? section.entries : new Map<string, Entry>();
}

// What a parameter store or a list of images of AWS holds is not known by its name.
function parametersOf(document: Value): ReadonlyMap<string, Parameter> {
  const named = [...entriesOf(document, 'Parameters')].map(([name, { value }]) => {
    const type = textOf(member(value, 'Type')) ?? 'String';
    const isKnown = !type.startsWith('AWS::SSM::');
    return [name, { isList: /^(?:CommaDelimitedList|List<)/u.test(type), value: isKnown ? member(value, 'Default') : undefined }] as const;
  });
  return new Map(named);
}
