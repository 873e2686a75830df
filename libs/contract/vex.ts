import { z } from 'zod';

/** What a VEX statement says of a product and a flaw. Source: OpenVEX 0.2.0, "Status Labels". */
export const vexStatusSchema = z.enum(['not_affected', 'affected', 'fixed', 'under_investigation']);

/** Why a product is not affected. Source: OpenVEX 0.2.0, "Status Justifications". */
export const vexJustificationSchema = z.enum([
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
]);
