import { limits, type FindingDraft, type Location } from '@lib/contract';
import { excerptAround, identify, type occurrenceCounter } from '@lib/engine/sdk';
import type { Fault } from './model/fault.ts';
import type { Subject } from './model/subject.ts';
import type { Place } from './model/value.ts';
import { lineRedactor } from './redact-line.ts';
import type { IacRule } from './rule-schema.ts';

type Found = { readonly rule: IacRule; readonly subject: Subject; readonly fault: Fault };

/** A finding as the contract wants it. Its identity is the rule, the file and the subject's address: never a line number. */
export function draftFinding({ rule, subject, fault }: Found, occurrence: ReturnType<typeof occurrenceCounter>): FindingDraft {
  const { file } = fault.place;
  const location = locationOf(fault.place);
  const context = `${subject.address} ${fault.context ?? ''}`;
  const redact = lineRedactor();
  const where = redact(subject.address).slice(0, limits.noteCharsMax);
  const note = fault.note === undefined ? '' : ` ${fault.note}`;
  return {
    analyzer: 'iac',
    ruleId: rule.id,
    ruleVersion: rule.version,
    severity: rule.severity,
    confidence: rule.confidence,
    title: rule.title,
    message: clean(`${rule.motivation} Found in ${where}.${note}`, limits.messageCharsMax),
    remediation: rule.remediation,
    cwe: [...rule.cwe],
    references: [...rule.references],
    location,
    flow: [],
    excerpt: excerptAround(file.source, location, redact),
    fileSha256: file.sha256,
    ...identify({ ruleId: rule.id, path: file.path, context, occurrence: occurrence(rule.id, file.path, context) }),
  };
}

function clean(text: string, charsMax: number): string {
  return text.replaceAll('\u0000', '').slice(0, charsMax);
}

// The end stays on the last line that holds something: a YAML node's range runs to the next one.
function locationOf({ file, start, end }: Place): Location {
  const written = file.source.text.slice(start, end).trimEnd();
  const first = file.source.position(start);
  const last = file.source.position(start + Math.max(written.length, 1));
  return { path: file.path, startLine: first.line, startColumn: first.column, endLine: last.line, endColumn: last.column };
}
