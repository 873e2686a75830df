import { z } from 'zod';
import { confidenceSchema, grammarNameSchema } from '@lib/contract';

const path = () => z.string().min(1).max(400);
const paths = () => z.union([path(), z.array(path())]).transform((value) => (typeof value === 'string' ? [value] : value));
const kinds = () => z.union([z.literal('all'), z.array(z.string())]).default([]);
const names = () => z.array(z.string()).default([]);

const conditionSchema = () =>
  z.strictObject({
    argument: z.union([z.int().min(0), z.string().min(1)]),
    member: z.string().optional(),
    matches: z.string().optional(),
    truthy: z.boolean().optional(),
    absent: z.boolean().optional(),
    /** It is given at all. */
    present: z.boolean().optional(),
    /** It is of this type of the models. */
    type: z.string().optional(),
  });

const sourceShape = () => ({ origin: z.string(), label: z.string(), safe: kinds() });
const parameterSchema = () => z.union([z.null(), z.string(), z.strictObject(sourceShape()), z.strictObject({ argument: z.int().min(0) })]);

// How things are called, and what is known of them by their name.
const namingShape = () => ({
  id: z.string(),
  /** Kinds of sink that data can be made harmless for. Others are matched by constants or options alone. */
  kinds: names(),
  /** Things that tests look for in data besides what it cannot harm: a normalised path, a text that begins with one slash. */
  traits: names(),
  /** Modules that give what another gives. */
  aliases: z.array(z.strictObject({ modules: z.array(z.string()).min(1), like: z.string() })).default([]),
  types: z
    .array(
      z.strictObject({
        type: z.string(),
        at: paths().default([]),
        /** Full names by which sources declare and make it, in languages that name types so. */
        named: names(),
        /** Types whose members it has as well. */
        extends: names(),
      }),
    )
    .default([]),
  /** Places that the analysis itself knows what to do at: they are recognised under whatever name the program gives them. */
  known: paths().default([]),
  annotations: z
    .array(
      z.strictObject({
        name: z.string(),
        from: z.string().optional(),
        type: z.string(),
        /** Names of parameters that have this declared type and are something else. */
        unless: names(),
      }),
    )
    .default([]),
  decorators: z
    .array(
      z
        .strictObject({ name: z.string(), from: z.string(), type: z.string().optional(), ...sourceShape() })
        .partial({ origin: true, label: true }),
    )
    .default([]),
  guesses: z.array(z.strictObject({ names: z.array(z.string()), type: z.string() })).default([]),
});

// Where data comes from, and who hands it over.
const originShape = () => ({
  handlers: z
    .array(
      z.strictObject({
        /** Of functions in another language than JavaScript. */
        language: grammarNameSchema.optional(),
        exported: z.array(z.string()).optional(),
        /** Decorators one of which stands before it. */
        decorated: z.array(z.string()).optional(),
        /** What all further parameters are. */
        rest: parameterSchema().optional(),
        names: z.array(z.array(z.string())).default([]),
        parameters: z.array(parameterSchema()),
      }),
    )
    .default([]),
  sources: z
    .array(
      z.strictObject({
        at: paths(),
        ...sourceShape(),
        /** With more arguments than this the call sets something and gives nothing. */
        argumentsMax: z.int().min(0).optional(),
      }),
    )
    .default([]),
  /** Members of something that comes from outside which the program itself decides. */
  own: paths().default([]),
  entries: z
    .array(z.strictObject({ call: paths(), argument: z.string(), member: z.string().optional(), parameters: z.array(parameterSchema()) }))
    .default([]),
});

// Where it goes, and what it becomes on the way.
const flowShape = () => ({
  sinks: z
    .array(
      z.strictObject({
        at: paths(),
        kind: z.string(),
        label: z.string().optional(),
        form: z.enum(['call', 'template']).optional(),
        /** What is handed over becomes a part of a longer text. */
        joined: z.boolean().default(false),
        when: z.array(conditionSchema()).default([]),
        confidence: confidenceSchema.optional(),
      }),
    )
    .default([]),
  flows: z
    .array(
      z.strictObject({
        call: paths(),
        from: z.array(z.union([z.string(), z.int()])).default(['*']),
        to: z.union([z.literal('result'), z.literal('receiver'), z.int()]).default('result'),
        clean: kinds(),
        traits: names(),
        drops: z.boolean().default(false),
        /** The call gives back this very argument. */
        gives: z.int().min(0).optional(),
        note: z.string().optional(),
        /** The call itself brings in data, as one that reads a request into an object does. */
        source: z.strictObject(sourceShape()).optional(),
      }),
    )
    .default([]),
  guards: z.array(z.strictObject({ call: paths(), argument: z.int().min(0).default(0), clean: kinds() })).default([]),
  /** Texts that, standing before a value, leave it nothing to say for some kinds of sink (`https://fixed.host/`). */
  prefixes: z.array(z.strictObject({ pattern: z.string(), clean: z.array(z.string()) })).default([]),
  /** Kinds of sink that need an object: a text cannot harm them. */
  textClean: names(),
  /** Names of members that hold secrets, in lower case and without separators. */
  sensitiveNames: names(),
});

/**
 * One file of models: what a framework or library gives, takes, passes on and makes harmless. Paths are those of `parse-path.ts`. Made when
 * models are loaded and let go after it, as the schema of rules is.
 */
export const modelDocumentSchema = () => z.strictObject({ ...namingShape(), ...originShape(), ...flowShape() });
export type ModelDocument = z.infer<ReturnType<typeof modelDocumentSchema>>;
export type ModelParameter = z.infer<ReturnType<typeof parameterSchema>>;
