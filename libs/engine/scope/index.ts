export { parseScope, scopeSchema, type Scope } from './parse-scope.ts';
export { judgeScope } from './judge-scope.ts';
