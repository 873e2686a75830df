import { limits, vexJustificationSchema, vexStatusSchema } from '@lib/contract';
import { z } from 'zod';

const identifiedSchema = z.object({ '@id': z.string().optional(), identifiers: z.object({ purl: z.string().optional() }).optional() });
const productSchema = z.union([z.string(), identifiedSchema.extend({ subcomponents: z.array(identifiedSchema).optional() })]);
const vulnerabilitySchema = z.union([
  z.string(),
  z.object({ '@id': z.string().optional(), name: z.string(), aliases: z.array(z.string()).optional() }),
]);

/** The part of a document that is read. Versions before 0.2.0 name products and flaws by a string. Source: github.com/openvex/spec. */
const documentSchema = z.object({
  '@context': z.string().startsWith('https://openvex.dev/ns'),
  author: z.string().max(limits.noteCharsMax),
  timestamp: z.string(),
  statements: z
    .array(
      z.object({
        vulnerability: vulnerabilitySchema,
        products: z.array(productSchema).optional(),
        status: vexStatusSchema,
        supplier: z.string().max(limits.noteCharsMax).optional(),
        timestamp: z.string().optional(),
        justification: vexJustificationSchema.optional(),
        impact_statement: z.string().optional(),
      }),
    )
    .max(limits.vexStatementsMax),
});

/** A product that a statement is about: itself, or parts of it, by package URL. */
export type VexProduct = { readonly purl: string; readonly parts: readonly string[] };

/** One statement of a document. `at` is an instant as the document writes it, for comparing; `date` its day. */
export type VexStatement = {
  readonly names: readonly string[];
  readonly products: readonly VexProduct[];
  readonly status: z.infer<typeof vexStatusSchema>;
  readonly justification: z.infer<typeof vexJustificationSchema> | undefined;
  readonly impact: string;
  readonly by: string;
  readonly at: number;
  readonly date: string;
  readonly path: string;
};

/** Reads an OpenVEX document of the tree; undefined when it is none. A statement that names no product is of none that can be known. */
export function readOpenVex(path: string, document: unknown): readonly VexStatement[] | undefined {
  const parsed = documentSchema.safeParse(document);
  if (!parsed.success) return undefined;
  const { author, timestamp, statements } = parsed.data;
  return statements.map((statement) => {
    const written = statement.timestamp ?? timestamp;
    const at = Date.parse(written);
    return {
      names: namesOf(statement.vulnerability),
      products: (statement.products ?? []).map(productOf),
      status: statement.status,
      justification: statement.justification,
      impact: (statement.impact_statement ?? '').slice(0, limits.noteCharsMax),
      by: statement.supplier ?? author,
      at: Number.isNaN(at) ? 0 : at,
      date: /^\d{4}-\d\d-\d\d/u.exec(written)?.[0] ?? '',
      path,
    };
  });
}

function namesOf(vulnerability: z.infer<typeof vulnerabilitySchema>): readonly string[] {
  if (typeof vulnerability === 'string') return [vulnerability];
  const { name, aliases = [] } = vulnerability;
  return [name, ...aliases];
}

function productOf(product: z.infer<typeof productSchema>): VexProduct {
  if (typeof product === 'string') return { purl: product, parts: [] };
  return { purl: purlOf(product), parts: (product.subcomponents ?? []).map(purlOf) };
}

function purlOf({ '@id': id = '', identifiers }: z.infer<typeof identifiedSchema>): string {
  return identifiers?.purl ?? id;
}
