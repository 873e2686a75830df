import { noForwardRef } from './no-forward-ref.mjs';
import { as, ruleTester } from './rule-tester.mjs';

const controller = 'libs/flow/findings/findings.controller.ts';

ruleTester.run('no-forward-ref', noForwardRef, {
  valid: [as(controller, 'export const forwardReference = 1;')],
  invalid: [
    as(controller, "import { forwardRef } from '@nestjs/common'; export const a = forwardRef(() => Object);", ['circle', 'circle']),
    as(controller, "import { forwardRef as later } from '@nestjs/common'; export const a = later(() => Object);", ['circle']),
    as(controller, "import * as nest from '@nestjs/common'; export const a = nest.forwardRef(() => Object);", ['circle']),
  ],
});
