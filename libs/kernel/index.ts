export { type Result, ok, err } from './result.ts';
export { defaultPublicText, Fault, type FaultDetail } from './fault.ts';
export { assert, present, unreachable, AssertionFault } from './assert.ts';
export type { Clock, Ids } from './clock.ts';
export { canonicalJson, type Json } from './canonical-json.ts';
export { KIB, MIB, GIB, SECOND_MS, MINUTE_MS, DAY_MS } from './units.ts';
