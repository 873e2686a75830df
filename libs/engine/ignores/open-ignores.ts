import { limits, type FindingDraft, type IgnoreRequest } from '@lib/contract';
import { DAY_MS } from '@lib/kernel';
import { sourceText } from '@lib/engine/sdk';
import { findIgnores, mentionsIgnore, type WrittenIgnore } from './find-ignores.ts';

/** A request that counts for nothing, and why. */
export type DeadIgnore = { readonly path: string; readonly line: number; readonly detail: string };

/** What the tree asks. */
export type Ignores = {
  /** The request that speaks of a finding, when it is a good one. */
  readonly requestFor: (draft: FindingDraft) => IgnoreRequest | undefined;
  /** Requests of these files that count for nothing. Asked for at the end, when every finding was shown to `requestFor`. */
  readonly dead: (paths: Iterable<string>, known: KnownRules) => Iterable<DeadIgnore>;
};

/** What ran. `all`: a rule that is not here does not exist. A rule that may yet have findings is never said to have none. */
export type KnownRules = { readonly rules: ReadonlySet<string>; readonly finished: boolean; readonly all: boolean };

/** `read` answers undefined for what is no text of the tree; `today` is a day, `2026-11-29`. */
export type IgnoreSource = { readonly read: (path: string) => Uint8Array | undefined; readonly today: string };

/** Opens the requests of a tree. Each file is read when a finding of it is shown, or at the end. */
export function openIgnores({ read, today }: IgnoreSource): Ignores {
  const byPath = new Map<string, readonly WrittenIgnore[]>();
  const used = new Set<WrittenIgnore>();
  const writtenIn = (path: string): readonly WrittenIgnore[] => {
    const known = byPath.get(path);
    if (known !== undefined) return known;
    const bytes = read(path);
    const source = bytes !== undefined && mentionsIgnore(bytes) ? sourceText(bytes) : undefined;
    const found = source?.ok === true ? findIgnores(source.value.text) : [];
    byPath.set(path, found);
    return found;
  };
  return {
    requestFor: ({ ruleId, location }) => {
      const speaks = writtenIn(location.path).filter(
        ({ rule, covers }) => rule === ruleId && covers >= location.startLine && covers <= location.endLine,
      );
      for (const written of speaks) used.add(written);
      const [good] = speaks.filter((written) => wrongWith(written, today) === undefined);
      if (good?.until === undefined || good.reason === undefined) return undefined;
      return { reason: good.reason.slice(0, limits.ignoreReasonCharsMax), until: good.until, line: good.line };
    },
    dead: function* (paths, known) {
      for (const path of paths) {
        for (const written of writtenIn(path)) {
          const detail = wrongWith(written, today) ?? (used.has(written) ? undefined : withoutFinding(written, known));
          if (detail !== undefined) yield { path, line: written.line, detail: `line ${written.line}: ${detail}` };
        }
      }
    },
  };
}

function wrongWith({ rule, until, reason }: WrittenIgnore, today: string): string | undefined {
  if (rule === '') return 'no rule';
  if (reason === undefined || reason === '') return `${rule}: no reason="..."`;
  if (until === undefined) return `${rule}: no until=YYYY-MM-DD`;
  const [end, now] = [dayNumber(until), dayNumber(today)];
  if (end === undefined) return `${rule}: \`${until}\` is no day`;
  if (now !== undefined && end < now) return `${rule}: ended on ${until}`;
  return end > (now ?? 0) + limits.ignoreDaysMax ? `${rule}: ${until} is more than ${limits.ignoreDaysMax} days away` : undefined;
}

function withoutFinding({ rule }: WrittenIgnore, { rules, finished, all }: KnownRules): string | undefined {
  if (!rules.has(rule)) return all ? `no rule \`${rule}\`` : undefined;
  return finished ? `${rule}: nothing of that rule is found here` : undefined;
}

/** Days since 1970; undefined when it is no day of the calendar. */
function dayNumber(text: string): number | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/u.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return undefined;
  const at = Date.UTC(year, month - 1, day);
  // a 31st of February would be a day of March
  return new Date(at).getUTCDate() === day && month <= 12 ? at / DAY_MS : undefined;
}
