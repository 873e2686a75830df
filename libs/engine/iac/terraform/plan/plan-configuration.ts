import { limits } from '@lib/contract';
import { z } from 'zod';
import { configuredModuleSchema, type ConfiguredModule } from './plan-schema.ts';

/** What the sources write for a resource, as far as a plan repeats it. */
export type ConfiguredResource = {
  readonly expressions: Readonly<Record<string, unknown>>;
  /** Addresses of resources that an expression refers to, through arguments of modules too. */
  readonly refsOf: (expression: unknown) => readonly string[];
};

/** The configuration that a plan was made of. Addresses are without the members of `count` and `for_each`. */
export type Configured = {
  readonly resourceAt: (address: string) => ConfiguredResource | undefined;
  /** Addresses of resources of the root module. */
  readonly rootAddresses: readonly string[];
};

const referencesSchema = z.object({ references: z.array(z.string().max(limits.noteCharsMax)).max(1000) });

/** Opens the configuration part of a plan. What it does not say is undefined. */
export function planConfiguration(root: unknown): Configured {
  const open = memoized(root);
  return {
    resourceAt: (address) => {
      const { prefix, own } = split(address);
      const module = open(prefix);
      const resource = module?.resources?.find((candidate) => candidate.address === own);
      if (resource === undefined) return undefined;
      return { expressions: resource.expressions ?? {}, refsOf: (expression) => refsOf({ open, prefix, hops: 0 }, expression) };
    },
    rootAddresses: open([])?.resources?.map(({ address }) => address) ?? [],
  };
}

type Open = (prefix: readonly string[]) => ConfiguredModule | undefined;

function memoized(root: unknown): Open {
  const known = new Map<string, ConfiguredModule | undefined>();
  const open: Open = (prefix) => {
    const key = prefix.join('.');
    if (!known.has(key)) {
      const name = prefix.at(-1);
      const raw = name === undefined ? root : open(prefix.slice(0, -1))?.module_calls?.[name]?.module;
      known.set(key, prefix.length > limits.iacModuleDepthMax ? undefined : configuredModuleSchema.safeParse(raw).data);
    }
    return known.get(key);
  };
  return open;
}

// `module.a.module.b.aws_s3_bucket.x`
function split(address: string): { readonly prefix: readonly string[]; readonly own: string } {
  const prefix: string[] = [];
  let rest = address;
  for (let match = /^module\.([^.]+)\./u.exec(rest); match !== null; match = /^module\.([^.]+)\./u.exec(rest)) {
    prefix.push(match[1] ?? '');
    rest = rest.slice(match[0].length);
  }
  return { prefix, own: rest };
}

type Where = { readonly open: Open; readonly prefix: readonly string[]; readonly hops: number };

function refsOf(where: Where, expression: unknown): readonly string[] {
  const references = referencesSchema.safeParse(expression).data?.references ?? [];
  return [...new Set(references.flatMap((reference) => addressesOf(where, reference)))];
}

function addressesOf(where: Where, reference: string): readonly string[] {
  const parts = reference.split('.').map((part) => part.replace(/\[.*$/u, ''));
  const [first = '', second = ''] = parts;
  if (first === 'var') return passedTo(where, second);
  if (/^(?:local|each|count|path|terraform|self|module)$/u.test(first) || parts.length < 2) return [];
  const before = where.prefix.map((part) => `module.${part}.`).join('');
  return [before + parts.slice(0, first === 'data' ? 3 : 2).join('.')];
}

// What a caller passes is made of its own references.
function passedTo({ open, prefix, hops }: Where, name: string): readonly string[] {
  const caller = prefix.slice(0, -1);
  const call = prefix.at(-1);
  const passed = call === undefined ? undefined : open(caller)?.module_calls?.[call]?.expressions?.[name];
  return passed === undefined || hops >= limits.iacModuleDepthMax ? [] : refsOf({ open, prefix: caller, hops: hops + 1 }, passed);
}
