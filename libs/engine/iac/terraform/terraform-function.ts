import type { Place, Value } from '../model/value.ts';

/** A Terraform function over values; undefined when its arguments are not known enough. */
export type TerraformFunction = (values: readonly Value[], place: Place) => Value | undefined;
