import { limits, type Component, type CoverageEntry, type FindingDraft, type SandboxMessage } from '@lib/contract';
import { sourceText } from '@lib/engine/sdk';
import type { Redactor } from '@lib/engine/secrets';

/** Where the texts of messages come from. `read` answers undefined for what is no file of the tree. */
export type RedactionSource = { readonly redactor: Redactor; readonly read: (path: string) => Uint8Array | undefined };

/**
 * The last thing that happens to a message before it leaves: no secret of a file that it speaks of, and nothing that looks like one, is
 * in its words, whichever analyzer chose them and however near it stood. Places, names and digests stay as they are.
 */
export function redactMessages({ redactor, read }: RedactionSource): (message: SandboxMessage) => SandboxMessage {
  const valuesIn = rememberValues({ redactor, read });
  const redactOf =
    (...paths: readonly string[]) =>
    (text: string, lineCharsMax: number): string =>
      redactor.redact(text, { path: paths[0] ?? '', values: paths.flatMap(valuesIn), lineCharsMax });
  return (message) => {
    switch (message.type) {
      case 'finding':
        return { ...message, finding: redactDraft(message.finding, redactOf) };
      case 'component':
        return { ...message, component: redactComponent(message.component, redactOf(message.component.path)) };
      case 'coverage':
        return { ...message, entry: redactEntry(message.entry, redactOf(message.entry.path)) };
      case 'analyzer':
        return {
          ...message,
          run: { ...message.run, notes: message.run.notes.map((note) => short(redactOf(), note, limits.noteCharsMax)) },
        };
      default:
        return message;
    }
  };
}

type Redact = (text: string, lineCharsMax: number) => string;

function redactDraft(draft: FindingDraft, redactOf: (...paths: readonly string[]) => Redact): FindingDraft {
  const { location, excerpt, flow, dependency } = draft;
  const here = redactOf(location.path);
  const anywhere = redactOf(...new Set([location.path, ...flow.map((step) => step.location.path)]));
  return {
    ...draft,
    title: short(anywhere, draft.title, limits.titleCharsMax),
    message: short(anywhere, draft.message, limits.messageCharsMax),
    ...(dependency?.vex === undefined ? {} : { dependency: { ...dependency, vex: dependency.vex.map(redactedBy(anywhere)) } }),
    ...(draft.ignore === undefined
      ? {}
      : { ignore: { ...draft.ignore, reason: short(here, draft.ignore.reason, limits.ignoreReasonCharsMax) } }),
    flow: flow.map((step) => ({ ...step, note: short(anywhere, step.note, limits.noteCharsMax) })),
    // together, because a secret may reach over several lines; none of them holds an end of line
    excerpt: {
      ...excerpt,
      lines: excerpt.lines.length === 0 ? [] : here(excerpt.lines.join('\n'), limits.excerptLineCharsMax).split('\n'),
    },
  };
}

type VexNote = NonNullable<NonNullable<FindingDraft['dependency']>['vex']>[number];

// Whom a statement is from is written by somebody else, as the message is.
function redactedBy(redact: Redact): (note: VexNote) => VexNote {
  return (note) => ({ ...note, by: short(redact, note.by, limits.noteCharsMax) });
}

function redactEntry(entry: CoverageEntry, redact: Redact): CoverageEntry {
  return entry.detail === undefined ? entry : { ...entry, detail: short(redact, entry.detail, limits.noteCharsMax) };
}

// A version may be the address of a repository with a token in it. Looked at together: a tree has tens of thousands of short texts.
function redactComponent(component: Component, redact: Redact): Component {
  const { purl, name, version, license, dependsOn } = component;
  const texts = [purl, name, version, license ?? '', ...dependsOn].map((text) => text.replaceAll(/[\r\n]/gu, ' '));
  const [cleanPurl = '', cleanName = '', cleanVersion = '', cleanLicense = '', ...needed] = redact(
    texts.join('\n'),
    limits.noteCharsMax,
  ).split('\n');
  return {
    ...component,
    purl: cleanPurl,
    name: cleanName,
    version: cleanVersion,
    ...(license === undefined ? {} : { license: cleanLicense }),
    dependsOn: needed,
  };
}

function short(redact: Redact, text: string, charsMax: number): string {
  return redact(text, charsMax).slice(0, charsMax);
}

function rememberValues({ redactor, read }: RedactionSource): (path: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (path) => {
    const found = known.get(path);
    if (found !== undefined) return found;
    const bytes = path === '' ? undefined : read(path);
    const source = bytes === undefined ? undefined : sourceText(bytes);
    const values = source?.ok === true ? redactor.valuesIn(path, source.value.text) : [];
    if (known.size >= limits.redactedFilesKeptMax) known.clear();
    known.set(path, values);
    return values;
  };
}
