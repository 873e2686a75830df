import { describe, expect, it } from 'vitest';
import { findingStates, vexJustificationSchema, type FindingState } from '@lib/contract';
import { z } from 'zod';
import { openVexDocument, type JudgedPackage } from './openvex-document.ts';

// Our reading of OpenVEX 0.2.0, "Document Struct Fields" and "Statement Fields": what is there has that form, and nothing else is there.
const isOpenVex = z.strictObject({
  '@context': z.literal('https://openvex.dev/ns/v0.2.0'),
  '@id': z.url(),
  author: z.string().min(1),
  timestamp: z.iso.datetime(),
  version: z.int().min(1),
  tooling: z.string(),
  statements: z
    .array(
      z.intersection(
        z.object({
          vulnerability: z.strictObject({ name: z.string().min(1) }),
          products: z
            .array(z.strictObject({ '@id': z.string().min(1), subcomponents: z.array(z.strictObject({ '@id': z.string() })) }))
            .min(1),
        }),
        z.discriminatedUnion('status', [
          z.looseObject({ status: z.literal('affected'), action_statement: z.string().min(1) }),
          z
            .looseObject({
              status: z.literal('not_affected'),
              justification: vexJustificationSchema.optional(),
              impact_statement: z.string().min(1).optional(),
            })
            .refine(({ justification, impact_statement: impact }) => justification !== undefined || impact !== undefined),
          z.looseObject({ status: z.literal('fixed'), action_statement: z.undefined().optional() }),
          z.looseObject({ status: z.literal('under_investigation'), action_statement: z.undefined().optional() }),
        ]),
      ),
    )
    .min(1)
    .refine((all) => new Set(all.map((one) => JSON.stringify(one))).size === all.length, 'says something twice'),
});

const judged = (state: FindingState, flaws: readonly string[] = ['GHSA-1', 'CVE-1']): JudgedPackage => ({
  purl: 'pkg:npm/lodash@4.17.10',
  flaws,
  state,
  remediation: 'Update lodash.',
});
const made = (...packages: readonly JudgedPackage[]) =>
  openVexDocument({
    product: 'pkg:generic/shop',
    author: 'Acme',
    createdAt: '2026-08-21T10:00:00Z',
    documentId: '5d0c1b3e-7f8a-4b9c-8d1e-2f3a4b5c6d7e',
    tool: { version: '0.1.0' },
    packages,
  });

describe('a document of OpenVEX', () => {
  it('has_the_parts_of_0_2_0_in_their_form_and_no_others_for_every_standing', () => {
    expect(
      isOpenVex.safeParse(made(...findingStates.flatMap((state, index) => [judged(state), judged(state, [`CVE-${String(index)}`])]))).error,
    ).toBeUndefined();
  });

  it('each_name_of_a_flaw_is_a_statement_on_the_package_as_a_part_of_the_product', () => {
    expect(made(judged('fixed', ['GHSA-1', 'CVE-1', 'GHSA-1']))?.statements).toEqual(
      ['GHSA-1', 'CVE-1'].map((name) => ({
        vulnerability: { name },
        products: [{ '@id': 'pkg:generic/shop', subcomponents: [{ '@id': 'pkg:npm/lodash@4.17.10' }] }],
        status: 'fixed',
      })),
    );
  });

  it('what_was_confirmed_is_affected_with_what_to_do_and_what_nobody_decided_is_under_investigation', () => {
    const statuses = findingStates.map((state) => [state, made(judged(state, ['CVE-1']))?.statements[0]?.status]);
    expect(Object.fromEntries(statuses)).toEqual({
      open: 'under_investigation',
      reopened: 'under_investigation',
      in_review: 'under_investigation',
      confirmed: 'affected',
      accepted_risk: 'affected',
      false_positive: 'not_affected',
      fixed: 'fixed',
      proposed: 'under_investigation',
    });
    expect(made(judged('confirmed'))?.statements[0]).toMatchObject({ action_statement: 'Update lodash.' });
  });

  it('what_was_signed_is_said_with_its_reason', () => {
    const claim = {
      reason: 'only our own build calls it',
      justification: 'inline_mitigations_already_exist',
      expiresAt: '2027-01-01T00:00:00.000Z',
    } as const;
    const said = (state: FindingState, note: JudgedPackage['claim']) => made({ ...judged(state, ['CVE-1']), claim: note })?.statements[0];
    expect(said('false_positive', claim)).toMatchObject({
      status: 'not_affected',
      justification: 'inline_mitigations_already_exist',
      impact_statement: claim.reason,
    });
    expect(said('false_positive', { ...claim, justification: null })).not.toHaveProperty('justification');
    expect(said('accepted_risk', claim)).toMatchObject({
      status: 'affected',
      action_statement: 'The risk is accepted until 2027-01-01: only our own build calls it',
    });
  });

  it('a_package_of_two_lock_files_is_stated_once_and_is_affected_while_either_has_it', () => {
    const of = (...states: readonly FindingState[]) =>
      made(...states.map((state) => judged(state, ['CVE-1'])))?.statements.map(({ status }) => status);
    expect(of('fixed', 'open', 'fixed')).toEqual(['under_investigation']);
    expect(of('open', 'confirmed', 'fixed')).toEqual(['affected']);
    expect(of('open', 'open')).toEqual(['under_investigation']);
  });

  it('there_is_none_without_a_statement', () => {
    expect([made(), made(judged('open', []))]).toEqual([undefined, undefined]);
  });
});
