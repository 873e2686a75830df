import { createHash } from 'node:crypto';
import type { FindingDraft } from '@lib/contract';
import { canonicalJson } from '@lib/kernel';

/** What of a draft tells what was found, rather than where. */
export type Found = Pick<FindingDraft, 'analyzer' | 'severity' | 'location' | 'excerpt' | 'flow' | 'dependency' | 'fingerprint'>;

/** SHA-256 over what was found: the same for code that moved or was laid out anew, another one for other code. Lower-case hexadecimal. */
export function contentDigest(found: Found): string {
  const content = {
    v: 1,
    severity: found.severity,
    lines: markedLines(found),
    flow: found.flow.map(({ note }) => note),
    // lines of secrets are redacted: the fingerprint tells one secret from another in its place
    secret: found.analyzer === 'secrets' ? found.fingerprint : null,
    dependency: dependencyPart(found.dependency),
  };
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
}

function markedLines({ location, excerpt }: Found): string {
  const marked = excerpt.lines.filter((_, index) => {
    const line = excerpt.startLine + index;
    return line >= location.startLine && line <= location.endLine;
  });
  return marked.join(' ').replaceAll(/\s+/gu, ' ').trim().toWellFormed();
}

function dependencyPart(dependency: Found['dependency']) {
  if (dependency === undefined) return null;
  const { purl, installedVersion, advisoryIds, dev, use, knownExploitedSince } = dependency;
  return {
    purl,
    installedVersion,
    advisoryIds: advisoryIds.toSorted(),
    dev: dev ?? null,
    use: use?.kind ?? null,
    exploited: knownExploitedSince !== undefined,
  };
}
