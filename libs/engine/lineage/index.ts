export { joinFlaws, type Joined, type Sign } from './join-flaws.ts';
export { matchLineage, type Reported } from './match-lineage.ts';
export { rankOf, toolOf, traitsOf, traitsSchema, type Traits } from './traits.ts';
