import { createRequire } from 'node:module';
import { z } from 'zod';

const layersSchema = z.object({
  layers: z.record(
    z.string(),
    z.object({ path: z.string(), may: z.array(z.string()), npm: z.union([z.literal('*'), z.array(z.string())]) }),
  ),
  guardOrder: z.array(z.string()),
});

/** The drawing of the rings in docs/architecture.md, from the table that the import rules are made of. */
export function drawRings(): string {
  const { layers, guardOrder } = layersSchema.parse(createRequire(import.meta.url)('../../eslint-rules/layers.cjs'));
  const rows = Object.entries(layers).map(([ring, { path, may, npm }]) => {
    const packages = npm === '*' ? 'any' : npm.length === 0 ? 'none' : npm.map((name) => `\`${name}\``).join(', ');
    return `| ${ring} | \`${path
      .slice(1)
      .replace(/\(\?![^)]*\)/u, '')
      .replace('(', '{')
      .replace(')', '}')
      .replaceAll('|', ',')}\` | ${may.join(', ') || '-'} | ${packages} |`;
  });
  const arrows = Object.entries(layers).flatMap(([ring, { may }]) => nearest(ring, may, layers).map((inner) => `  ${ring} --> ${inner}`));
  return [
    '```mermaid',
    'flowchart BT',
    ...arrows,
    '```',
    '',
    `Guards, each sees only those before it: ${guardOrder.join(' -> ')}.`,
    '',
    '| ring | folder | may import | packages |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

// An arrow that follows from two others is left out.
function nearest(
  ring: string,
  may: readonly string[],
  layers: Readonly<Record<string, { readonly may: readonly string[] }>>,
): readonly string[] {
  return may.filter((inner) => !may.some((other) => other !== inner && other !== ring && (layers[other]?.may ?? []).includes(inner)));
}

if (process.argv[1] === import.meta.filename) console.log(drawRings());
