import type { Place, SourceFile, Value } from './value.ts';

export const formats = ['terraform', 'kubernetes', 'dockerfile', 'workflow', 'compose', 'cloudformation', 'openapi'] as const;
export type Format = (typeof formats)[number];

/** One thing that rules speak about: a resource, a container, an instruction, a step. */
export type Subject = {
  readonly format: Format;
  /** What rules select by: `aws_s3_bucket`, `container`, `instruction`, `step`. */
  readonly type: string;
  /** Names it across scans and in messages: `aws_s3_bucket.logs`, `Deployment/api container web`. Never a line number. */
  readonly address: string;
  /** Names it among everything read together, where that differs: `module.a.aws_s3_bucket.logs`. What references hold. */
  readonly key?: string;
  readonly value: Value;
  /** What surrounds it, addressed in rules as `$pod.hostNetwork`. */
  readonly roots: ReadonlyMap<string, Value>;
  readonly file: SourceFile;
  /** The whole of it as written. */
  readonly place: Place;
  /** Its first line: where a finding about something missing stands. */
  readonly head: Place;
  /** Everything that was read together with it: a Terraform module, a file of manifests. */
  readonly world: World;
};

/** Subjects read together, by type. */
export type World = {
  readonly ofType: (type: string) => readonly Subject[];
  readonly ofKey: (key: string) => readonly Subject[];
};

/** What references to a subject hold. */
export function keyOf(subject: Subject): string {
  return subject.key ?? subject.address;
}

/** A world over a list that may still grow while it is read. */
export function worldOf(subjects: readonly Subject[]): World {
  const byType = indexed(subjects, (subject) => subject.type);
  const byKey = indexed(subjects, keyOf);
  return { ofType: byType, ofKey: byKey };
}

function indexed(subjects: readonly Subject[], nameOf: (subject: Subject) => string): (name: string) => readonly Subject[] {
  let index = new Map<string, Subject[]>();
  let size = 0;
  return (name) => {
    if (size !== subjects.length) {
      index = Map.groupBy(subjects, nameOf);
      size = subjects.length;
    }
    return index.get(name) ?? [];
  };
}
