import type { ClaimNote, FindingState } from '@lib/contract';

/** A package with known flaws, and where it stands. `flaws` are all names of all of them. */
export type JudgedPackage = {
  readonly purl: string;
  readonly flaws: readonly string[];
  readonly state: FindingState;
  readonly remediation: string;
  /** What a person signed about it, where it is kept quiet. */
  readonly claim?: Pick<ClaimNote, 'reason' | 'justification' | 'expiresAt'> | null | undefined;
};

/** What a document is made of. Nothing in it is from a clock or a generator. */
export type VexInput = {
  /** What the packages are part of: an IRI, most often a package URL. */
  readonly product: string;
  readonly author: string;
  /** UTC, to the second: `2026-08-21T10:00:00Z`. */
  readonly createdAt: string;
  /** A UUID that no other document has. */
  readonly documentId: string;
  readonly tool: { readonly version: string };
  readonly packages: readonly JudgedPackage[];
};

/**
 * An OpenVEX 0.2.0 document; undefined when there is nothing to state, since a document without statements is none. Each name of each flaw
 * is a statement, so that whoever looks up any of them finds it. What somebody has confirmed is affected, what a scan no longer finds
 * is fixed. Who signed that it is a false positive says that the product is not affected, and why; an accepted risk is affected, with what
 * was signed for an action. Everything else is under investigation. Pure.
 * Source: github.com/openvex/spec, OPENVEX-SPEC.md 0.2.0.
 */
export function openVexDocument({ product, author, createdAt, documentId, tool, packages }: VexInput) {
  const statements = [...openFirst(packages)].map(([, { judged, name }]) => statementOf(judged, { name, product }));
  if (statements.length === 0) return undefined;
  return {
    '@context': 'https://openvex.dev/ns/v0.2.0' as const,
    '@id': `urn:uuid:${documentId}`,
    author,
    timestamp: createdAt,
    version: 1,
    tooling: `Aegis ${tool.version}`,
    statements,
  };
}

type Judgement = { readonly judged: JudgedPackage; readonly name: string };

// One statement a package and name: a package of two lock files is affected while either of them has it.
function openFirst(packages: readonly JudgedPackage[]): ReadonlyMap<string, Judgement> {
  const worst = new Map<string, Judgement>();
  for (const judged of packages) {
    for (const name of judged.flaws) {
      const key = `${judged.purl} ${name}`;
      const known = worst.get(key);
      if (known === undefined || weightOf(judged.state) > weightOf(known.judged.state)) worst.set(key, { judged, name });
    }
  }
  return worst;
}

const weights: Readonly<Record<FindingState, number>> = {
  confirmed: 4,
  accepted_risk: 3,
  open: 2,
  reopened: 2,
  in_review: 2,
  proposed: 2,
  false_positive: 1,
  fixed: 0,
};

function weightOf(state: FindingState): number {
  return weights[state];
}

function statementOf(judged: JudgedPackage, { name, product }: { readonly name: string; readonly product: string }) {
  return { vulnerability: { name }, products: [{ '@id': product, subcomponents: [{ '@id': judged.purl }] }], ...standingOf(judged) };
}

function standingOf({ state, remediation, claim }: JudgedPackage) {
  switch (state) {
    case 'confirmed':
      return { status: 'affected' as const, action_statement: remediation };
    case 'accepted_risk':
      return { status: 'affected' as const, action_statement: acceptance(claim ?? undefined, remediation) };
    case 'false_positive':
      return notAffected(claim ?? undefined);
    case 'fixed':
      return { status: 'fixed' as const };
    case 'open':
    case 'reopened':
    case 'in_review':
    case 'proposed':
      return { status: 'under_investigation' as const };
  }
}

type Signed = Exclude<JudgedPackage['claim'], null>;

function acceptance(claim: Signed, remediation: string): string {
  return claim === undefined ? remediation : `The risk is accepted until ${claim.expiresAt.slice(0, 10)}: ${claim.reason}`;
}

// A justification or a statement is required: there is always the latter.
function notAffected(claim: Signed) {
  const justification = claim?.justification ?? undefined;
  return {
    status: 'not_affected' as const,
    ...(justification === undefined ? {} : { justification }),
    impact_statement: claim?.reason ?? 'Signed as a false positive.',
  };
}
