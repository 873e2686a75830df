import { limits } from '@lib/contract';
import { indexLines } from '@lib/engine/sdk';

/** A request as it is written. `covers` is the line that it speaks of: its own when code stands before it, else the next one with code. */
export type WrittenIgnore = {
  readonly line: number;
  readonly covers: number;
  readonly rule: string;
  readonly until: string | undefined;
  readonly reason: string | undefined;
};

const word = 'aegis:ignore';
const request = /(?<before>^|.*?)(?:\/\/|\/\*|#|<!--|--|(?<=^\s{0,200})\*)[ \t]{0,20}aegis:ignore(?![\w:-])(?<rest>.{0,1000})/u;
const comment = /^\s{0,200}(?:$|\/\/|\/\*|\*|#|<!--|--)/u;
const lineCharsMax = 2000; // nobody asks at the end of a minified line

/** Whether a file may hold a request. Cheap: most files hold none. */
export function mentionsIgnore(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(word);
}

/** The requests of a text, in its order, at most `ignoresPerFileMax`. Words in strings that look like comments are taken for requests: they ask for nothing worse. */
export function findIgnores(text: string): readonly WrittenIgnore[] {
  const found: WrittenIgnore[] = [];
  const source = indexLines(text);
  for (let at = text.indexOf(word); at >= 0 && found.length < limits.ignoresPerFileMax; at = text.indexOf(word, at + word.length)) {
    const { line } = source.position(at);
    const written = source.line(line);
    const match = written.length > lineCharsMax || found.at(-1)?.line === line ? null : request.exec(written);
    if (match === null) continue;
    const { before = '', rest = '' } = match.groups ?? {};
    const own = before.trim() !== '';
    found.push({ line, covers: own ? line : nextWithCode(source, line), ...partsOf(rest) });
  }
  return found;
}

function nextWithCode(source: ReturnType<typeof indexLines>, from: number): number {
  let line = from + 1;
  while (line <= source.lineCount && line - from <= limits.ignoresPerFileMax && comment.test(source.line(line).slice(0, lineCharsMax)))
    line++;
  return line;
}

function partsOf(rest: string): Pick<WrittenIgnore, 'rule' | 'until' | 'reason'> {
  const rule = /^[ \t]{1,20}(?!until=|reason=)([^\s"'=]{1,200})/u.exec(rest)?.[1] ?? '';
  const until = /(?:^|\s)until=["']?([^\s"']{1,40})/u.exec(rest)?.[1];
  const reason = /(?:^|\s)reason=(?:"([^"]{0,500})"|'([^']{0,500})')/u.exec(rest);
  return { rule, until, reason: (reason?.[1] ?? reason?.[2])?.trim() };
}
