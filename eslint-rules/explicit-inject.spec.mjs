import { explicitInject } from './explicit-inject.mjs';
import { as, ruleTester } from './rule-tester.mjs';

const controller = 'libs/flow/findings/findings.controller.ts';
const head =
  'declare const Controller: (path?: string) => ClassDecorator; declare const Injectable: () => ClassDecorator; declare const Inject: (token: unknown) => ParameterDecorator; declare const Optional: () => ParameterDecorator;';

ruleTester.run('explicit-inject', explicitInject, {
  valid: [
    as(controller, `${head} @Controller('x') export class A { constructor(@Inject('deps') deps: object) { void deps; } }`),
    as(controller, `${head} @Controller() export class A { list() { return 1; } }`),
    as(controller, `${head} export class Plain { constructor(size: number) { void size; } }`),
  ],
  invalid: [
    as(controller, `${head} @Controller('x') export class A { constructor(deps: object) { void deps; } }`, ['inject']),
    as(controller, `${head} @Injectable() export class A { constructor(@Inject('a') a: object, b: object) { void [a, b]; } }`, ['inject']),
    as(controller, `${head} @Injectable() export class A { constructor(@Optional() a?: object) { void a; } }`, ['inject']),
  ],
});
