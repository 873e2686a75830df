import { parseArgs } from 'node:util';
import { ecosystems, type Ecosystem } from '@lib/engine/sca';
import { err, ok, type Result } from '@lib/kernel';

/** What `aegis advisories` was asked to do. */
export type AdvisoriesArguments = { readonly data: string | undefined } & (
  | { readonly verb: 'help' | 'list' }
  | { readonly verb: 'import'; readonly source: string; readonly name: string | undefined; readonly shrink: boolean }
  | { readonly verb: 'sync'; readonly from: string | undefined; readonly ecosystems: readonly Ecosystem[]; readonly shrink: boolean }
  | { readonly verb: 'remove'; readonly name: string }
);

export const advisoriesUsage = `usage: npm run aegis -- advisories import FILE|FOLDER [--name NAME] [--shrink] [--data DIR]
       npm run aegis -- advisories sync [--from URL|FOLDER] [--ecosystems ${ecosystems.slice(0, 3).join(',')},...] [--shrink] [--data DIR]
       npm run aegis -- advisories list [--data DIR]
       npm run aegis -- advisories remove NAME [--data DIR]

What scans compare dependencies with: the release's own advisories, and what is imported here. Scans that start afterwards use it.

  import  a document in OSV form, a list or a zip of them, CISA's catalogue of exploited flaws (JSON), FIRST's table of probabilities
          (EPSS, CSV), or a folder of all of these; replaces what was imported under the same name
  sync    fetches osv.dev's exports of each ecosystem, the catalogue and the table, or the same files from a mirror of yours
          (URL/npm/all.zip, URL/known_exploited_vulnerabilities.json, URL/epss_scores-current.csv.gz), and imports them
  list    what is there, of which day
  remove  forgets what was imported under a name; the release's own stays

  --name NAME       what the source is called (default: the name of FILE or FOLDER)
  --ecosystems A,B  only these
  --shrink          take a source that has less than half of what it had
  --data DIR        the data folder (default: .aegis in the checkout, which is where \`aegis scan\` looks)

exit codes: 0 done, 1 nothing was changed, 2 usage
`;

type Parsed = Result<AdvisoriesArguments, { readonly code: 'usage'; readonly detail: string }>;

/** Reads the arguments of `advisories`. Errors: `usage`, with a line for the user. */
export function parseAdvisoriesArguments(argv: readonly string[]): Parsed {
  const parsed = parse(argv);
  if (!parsed.ok) return parsed;
  const { values, positionals } = parsed.value;
  const [verb = 'help', ...words] = positionals;
  if (values.help || verb === 'help') return ok({ verb: 'help', data: values.data });
  const known = verbs.get(verb);
  if (known === undefined) return usage(`there is no \`advisories ${verb}\``);
  const surplus = words[known.words];
  if (surplus !== undefined) return usage(`\`${surplus}\` is one word too many${verb === 'sync' ? '; a mirror is named by --from' : ''}`);
  return words.length < known.words ? usage(known.missing) : known.read(values, words[0] ?? '');
}

type Values = SyncValues & { readonly name?: string | undefined };
type Verb = { readonly words: 0 | 1; readonly missing: string; readonly read: (values: Values, word: string) => Parsed };

const verbs: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ['list', { words: 0, missing: '', read: ({ data }) => ok({ verb: 'list', data }) }],
  ['sync', { words: 0, missing: '', read: (values) => syncOf(values) }],
  [
    'import',
    {
      words: 1,
      missing: 'which file or folder? give FILE',
      read: ({ data, name, shrink }, source) => ok({ verb: 'import', data, source, name, shrink }),
    },
  ],
  [
    'remove',
    { words: 1, missing: 'which import? give NAME; `list` shows them', read: ({ data }, name) => ok({ verb: 'remove', data, name }) },
  ],
]);

type SyncValues = {
  readonly from?: string | undefined;
  readonly ecosystems?: string | undefined;
  readonly shrink: boolean;
  readonly data?: string | undefined;
};

function syncOf({ from, ecosystems: list, shrink, data }: SyncValues): Parsed {
  const words = list?.split(',').map((word) => word.trim()) ?? ecosystems;
  const unknown = words.find((word) => !ecosystems.some((known) => known === word));
  if (unknown !== undefined) return usage(`there is no ecosystem \`${unknown}\`; there are ${ecosystems.join(', ')}`);
  return ok({ verb: 'sync', data, from, shrink, ecosystems: ecosystems.filter((known) => words.includes(known)) });
}

function usage(detail: string) {
  return err({ code: 'usage' as const, detail });
}

function parse(argv: readonly string[]) {
  try {
    return ok(
      parseArgs({
        args: [...argv],
        allowPositionals: true,
        options: {
          help: { type: 'boolean', short: 'h', default: false },
          name: { type: 'string' },
          from: { type: 'string' },
          ecosystems: { type: 'string' },
          shrink: { type: 'boolean', default: false },
          data: { type: 'string' },
        },
      }),
    );
  } catch (error) {
    return usage(error instanceof Error ? (error.message.split('. ')[0] ?? '') : 'bad arguments');
  }
}
