import { limits } from '@lib/contract';
import { DockerfileParser, type Dockerfile, type From, type Instruction } from 'dockerfile-ast';
import { list, map, scalar, unknown, type Entry, type Place, type SourceFile, type Value } from '../model/value.ts';
import { worldOf, type Subject } from '../model/subject.ts';
import { substitute } from './substitute.ts';

/** Dockerfiles by their usual names. */
export function isDockerfilePath(path: string): boolean {
  return (
    /(?:^|\/)(?:Dockerfile|Containerfile)(?:[._-][^/]*)?$|\.(?:dockerfile|containerfile)$/iu.test(path) &&
    !/\.(?:md|dockerignore|sh|ya?ml|json|[jt]sx?)$/iu.test(path)
  );
}

/**
 * The subjects `stage` and `instruction`. A stage has `final`, `image`, `tag`, `digest`, `scratch`, `parent` (an earlier stage), `user` (the last USER, also
 * inherited from a parent stage); an instruction `keyword`, `raw`, `text` (with ARG and ENV filled in), `declared` (build arguments so far) and `final`.
 */
export function readDockerfile(file: SourceFile): { readonly subjects: readonly Subject[]; readonly limited: boolean } {
  const parsed = DockerfileParser.parse(file.source.text);
  const instructions = parsed.getInstructions();
  const limited = instructions.length > limits.iacNodesMax;
  const subjects: Subject[] = [];
  const lineStarts = [0, ...[...file.source.text.matchAll(/\n/gu)].map((newline) => newline.index + 1)];
  const reading: Reading = { file, lineStarts, subjects, world: worldOf(subjects), stages: [], globals: new Map() };
  readInstructions(reading, limited ? [] : instructions, parsed);
  for (const [index, stage] of reading.stages.entries()) subjects.push(stageSubject(reading, stage, index));
  return { subjects, limited };
}

type Stage = {
  readonly from: Instruction;
  readonly image: string;
  readonly name: string | undefined;
  readonly variables: Map<string, string>;
  /** Build arguments that the stage has declared so far. */
  readonly declared: Set<string>;
  readonly users: Value[];
  readonly parent: Stage | undefined;
  readonly members: Value[];
};
type Reading = {
  readonly file: SourceFile;
  readonly lineStarts: readonly number[];
  readonly subjects: Subject[];
  readonly world: Subject['world'];
  readonly stages: Stage[];
  readonly globals: Map<string, string>;
};

type Pending = { readonly instruction: Instruction; readonly value: Value; readonly stage: Stage | undefined };

function readInstructions(reading: Reading, instructions: readonly Instruction[], parsed: Dockerfile): void {
  const froms = new Map(parsed.getFROMs().map((from) => [from.getRange().start.line, from] as const));
  const pending: Pending[] = [];
  for (const instruction of instructions) {
    const from = froms.get(instruction.getRange().start.line);
    if (instruction.getKeyword() === 'FROM' && from !== undefined) reading.stages.push(newStage(reading, from));
    const stage = reading.stages.at(-1);
    const value = instructionValue(reading, instruction, stage);
    if (stage === undefined) keepGlobal(reading, instruction);
    else keepInStage(reading, instruction, stage);
    stage?.members.push(value);
    pending.push({ instruction, value, stage });
  }
  const final = reading.stages.at(-1);
  for (const one of pending) reading.subjects.push(instructionSubject(reading, one, final));
}

function keepGlobal(reading: Reading, instruction: Instruction): void {
  if (instruction.getKeyword() === 'ARG') assign(instruction, reading.globals, reading.globals);
}

function keepInStage(reading: Reading, instruction: Instruction, stage: Stage): void {
  const keyword = instruction.getKeyword();
  if (keyword === 'ARG') stage.declared.add(/^\w+/u.exec(instruction.getArgumentsContent() ?? '')?.[0] ?? '');
  if (keyword === 'ARG' || keyword === 'ENV') assign(instruction, stage.variables, reading.globals);
  if (keyword === 'USER') stage.users.push(userOf(reading, instruction, stage));
}

function instructionSubject(reading: Reading, { instruction, value, stage }: Pending, final: Stage | undefined): Subject {
  const place = placeOf(reading, instruction);
  const entries = value.kind === 'map' ? new Map(value.entries) : new Map<string, Entry>();
  entries.set('final', { place, value: scalar(stage === final, place) });
  return {
    format: 'dockerfile',
    type: 'instruction',
    address: instruction.getTextContent().replaceAll(/\s+/gu, ' ').slice(0, 400),
    value: map(entries, place),
    roots: new Map(),
    file: reading.file,
    place,
    head: place,
    world: reading.world,
  };
}

function newStage(reading: Reading, from: From): Stage {
  const image = substitute(from.getImage() ?? '', reading.globals);
  const parent = reading.stages.find((stage) => stage.name !== undefined && stage.name === image.toLowerCase());
  return {
    from,
    image,
    name: from.getBuildStage()?.toLowerCase(),
    variables: new Map(parent?.variables),
    declared: new Set(),
    users: [],
    parent,
    members: [],
  };
}

function instructionValue(reading: Reading, instruction: Instruction, stage: Stage | undefined): Value {
  const place = placeOf(reading, instruction);
  const raw = instruction.getTextContent().slice(instruction.getInstruction().length).trim();
  const text = substitute(raw, stage?.variables ?? reading.globals).replaceAll(/\\\r?\n/gu, ' ');
  const of = (value: Value): Entry => ({ place, value });
  return map(
    new Map([
      ['keyword', of(scalar(instruction.getKeyword(), place))],
      ['raw', of(scalar(raw, place))],
      [
        'declared',
        of(
          list(
            [...(stage?.declared ?? [])].map((name) => scalar(name, place)),
            place,
          ),
        ),
      ],
      ['text', of(text.includes('\uFFFC') ? unknown(place, [], text) : scalar(text, place))],
    ]),
    place,
  );
}

function userOf(reading: Reading, instruction: Instruction, stage: Stage): Value {
  const place = placeOf(reading, instruction);
  const text = substitute(instruction.getArgumentsContent() ?? '', stage.variables).trim();
  return text.includes('\uFFFC') ? unknown(place, [], text) : scalar(text, place);
}

// `ARG name=value`, `ENV name=value other=value`, `ENV name value`. A global ARG is visible in a stage that names it again.
function assign(instruction: Instruction, into: Map<string, string>, globals: ReadonlyMap<string, string>): void {
  const text = instruction.getArgumentsContent() ?? '';
  const pairs = [...text.matchAll(/([A-Za-z_]\w*)=("(?:[^"\\]|\\.)*"|'[^']*'|\S*)/gu)];
  for (const [, name = '', value = ''] of pairs)
    into.set(name, substitute(value.replaceAll(/^["']|["']$/gu, ''), into).slice(0, limits.iacTextCharsMax));
  if (pairs.length > 0) return;
  const [name = '', ...rest] = text.trim().split(/\s+/u);
  const value = instruction.getKeyword() === 'ARG' ? globals.get(name) : rest.join(' ');
  if (name !== '' && value !== undefined) into.set(name, value);
}

function stageSubject(reading: Reading, stage: Stage, index: number): Subject {
  const place = placeOf(reading, stage.from);
  const of = (value: string | boolean): Entry => ({ place, value: scalar(value, place) });
  const { name, tag, digest } = splitImage(stage.image);
  const known = !stage.image.includes('\uFFFC');
  const user = lastUser(stage);
  const entries = new Map<string, Entry>([
    ['final', of(index === reading.stages.length - 1)],
    ['image', known ? of(name) : { place, value: unknown(place, [], stage.image) }],
    ['inherits', of(stage.parent !== undefined)],
    ['members', { place, value: list(stage.members, place) }],
  ]);
  if (!known) for (const part of ['tag', 'digest']) entries.set(part, { place, value: unknown(place) });
  if (known && tag !== undefined) entries.set('tag', of(tag));
  if (known && digest !== undefined) entries.set('digest', of(digest));
  if (user !== undefined) entries.set('user', { place: user.place, value: user });
  const value = map(entries, place);
  const address = `stage ${stage.name ?? String(index)} from ${stage.image}`;
  return {
    format: 'dockerfile',
    type: 'stage',
    address,
    value,
    roots: new Map(),
    file: reading.file,
    place: { ...place, end: reading.file.source.text.length },
    head: place,
    world: reading.world,
  };
}

function lastUser(stage: Stage): Value | undefined {
  // a stage names its parent before itself, so the chain is no longer than the stages
  for (let at: Stage | undefined = stage; at !== undefined; at = at.parent) {
    const user = at.users.at(-1);
    if (user !== undefined) return user;
  }
  return undefined;
}

/** `registry:5000/name:tag@sha256:...` in its parts. */
export function splitImage(image: string): {
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
} {
  const [reference = '', digest] = image.split('@');
  const colon = reference.lastIndexOf(':');
  const tagged = colon > reference.lastIndexOf('/');
  return { name: tagged ? reference.slice(0, colon) : reference, tag: tagged ? reference.slice(colon + 1) : undefined, digest };
}

function placeOf({ file, lineStarts }: Reading, instruction: Instruction): Place {
  const range = instruction.getRange();
  const offset = (line: number, character: number): number => (lineStarts[line] ?? file.source.text.length) + character;
  return { file, start: offset(range.start.line, range.start.character), end: offset(range.end.line, range.end.character) };
}
