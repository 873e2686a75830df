export { joinFlaws, type Joined, type Sign } from './join-flaws.ts';
export { matchLineage } from './match-lineage.ts';
export { rankOf, toolOf, traitsOf, traitsSchema, type Reported, type Traits } from './traits.ts';
