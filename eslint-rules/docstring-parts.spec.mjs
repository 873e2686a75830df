import { docstringParts } from './docstring-parts.mjs';
import { as, ruleTester } from './rule-tester.mjs';

const door = 'libs/flow/findings/index.ts';

ruleTester.run('docstring-parts', docstringParts, {
  valid: [
    as(door, "export { documented, tellsErrors, figure } from './documented.ts';"),
    as('libs/flow/findings/list-findings.ts', "export { undocumented } from './documented.ts';"),
  ],
  invalid: [
    as(door, "export { undocumented } from './documented.ts';", ['absent']),
    as(door, "export { undocumentedArrow as renamed } from './documented.ts';", ['absent']),
    as(door, "export { silentAboutErrors } from './documented.ts';", ['errors']),
    as(door, "export * from './documented.ts';", ['absent', 'errors', 'absent']),
  ],
});
