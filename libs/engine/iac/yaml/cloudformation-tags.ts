import type { Tags } from 'yaml';

const scalars = ['Ref', 'Sub', 'GetAtt', 'ImportValue', 'Base64', 'Condition', 'Transform', 'GetAZs'];
const sequences = ['Sub', 'GetAtt', 'Join', 'Select', 'Split', 'If', 'And', 'Or', 'Not', 'Equals', 'FindInMap', 'Cidr', 'GetAZs'];
const maps = ['Base64', 'ImportValue', 'Transform', 'If'];

/** The short forms of CloudFormation's intrinsic functions, so that the parser keeps their nodes. */
export const cloudFormationTags: Tags = [
  ...scalars.map((name) => ({ tag: `!${name}`, resolve: (text: string) => text })),
  ...sequences.map((name) => ({ tag: `!${name}`, collection: 'seq' as const })),
  ...maps.map((name) => ({ tag: `!${name}`, collection: 'map' as const })),
];
