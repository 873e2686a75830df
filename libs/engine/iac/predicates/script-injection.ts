import type { Fault } from '../model/fault.ts';
import type { Subject } from '../model/subject.ts';
import { member, type Value } from '../model/value.ts';

// It ends where the next one opens, so that openings without an end cost no more than their own length.
const expression = /\$\{\{((?:[^$}]|\$(?!\{\{)|\}(?!\})){0,2000})\}\}/gu;
// What somebody outside writes: titles, texts, names, branches. Numbers and SHAs are not text.
const untrusted =
  /\bgithub\.(?:head_ref\b|event\.(?:issue\.(?:title|body)|pull_request\.(?:title|body|head\.(?:ref|label|repo\.(?:default_branch|description|homepage)))|comment\.body|review\.body|review_comment\.body|discussion\.(?:title|body)|head_commit\.(?:message|author\.(?:name|email))|commits\b[^}]*?\.(?:message|author\.(?:name|email))|pages\b[^}]*?\.page_name|workflow_run\.(?:head_branch|display_title|head_commit\.(?:message|author\.(?:name|email))|pull_requests\b[^}]*?\.head\.ref)|client_payload\b))/u;

/** Expressions with text of an outsider inside a script: the runner pastes it in before the shell reads it. */
export function scriptInjection(subject: Subject): readonly Fault[] {
  return scriptsOf(subject.value).flatMap(({ place }) => {
    const { file } = place;
    const written = file.source.text.slice(place.start, place.end);
    return [...written.matchAll(expression)].flatMap((match) => {
      const found = untrusted.exec(dotted(match[1] ?? ''))?.[0];
      if (found === undefined || /\b(?:contains|startsWith|endsWith)\([^)]*\)\s*$/u.test(match[1] ?? '')) return [];
      const start = place.start + match.index;
      return [{ place: { file, start, end: start + match[0].length }, note: `Expression ${found}.`, context: found }];
    });
  });
}

function scriptsOf(step: Value): readonly Value[] {
  const uses = member(step, 'uses');
  const script =
    uses?.kind === 'scalar' && String(uses.value).startsWith('actions/github-script@') ? member(member(step, 'with'), 'script') : undefined;
  return [member(step, 'run'), script].filter((value) => value !== undefined);
}

// `github['event']['issue']` is `github.event.issue`.
function dotted(text: string): string {
  return text.replaceAll(/\[\s{0,20}'(\w{1,100})'\s{0,20}\]/gu, '.$1');
}
