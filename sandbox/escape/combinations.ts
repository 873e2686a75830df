import type { FileWalls } from './probe.ts';
import type { Host } from './run-lists.ts';

/** Walls and supervisor of one run of all probes; `walls` is undefined where too little stands and nothing may run. */
export type Combination = Host & { readonly name: string; readonly walls: FileWalls | undefined };

/** What this machine has. */
export type Offered = { readonly bubblewrap: boolean; readonly landlock: boolean; readonly root: boolean };

const switches = ['auto', 'off'] as const;

/** Every combination, and those that this machine cannot show, each with what it lacks. Strongest first. */
export function combinations(offered: Offered): { readonly shown: readonly Combination[]; readonly lacking: readonly string[] } {
  const every = (['root', 'ordinary'] as const).flatMap((user) =>
    switches.flatMap((bubblewrap) => switches.map((landlock): Host => ({ user, bubblewrap, landlock }))),
  );
  return {
    shown: every
      .filter((host) => lacksOf(host, offered).length === 0)
      .map((host) => ({ ...host, name: nameOf(host), walls: wallsOf(host.bubblewrap, host.landlock) })),
    lacking: [...new Set(every.flatMap((host) => lacksOf(host, offered)))],
  };
}

function lacksOf({ user, bubblewrap, landlock }: Host, offered: Offered): readonly string[] {
  return [
    ...(user === 'root' && !offered.root ? ['a supervisor that is root'] : []),
    ...(bubblewrap === 'auto' && !offered.bubblewrap ? ['bubblewrap'] : []),
    ...(landlock === 'auto' && !offered.landlock ? ['Landlock'] : []),
  ];
}

function nameOf({ user, bubblewrap, landlock }: Host): string {
  const walls = [...(bubblewrap === 'auto' ? ['bubblewrap'] : []), ...(landlock === 'auto' ? ['Landlock'] : [])];
  return `${user}, ${walls.length === 0 ? 'no file wall' : walls.join(' + ')}`;
}

function wallsOf(bubblewrap: 'auto' | 'off', landlock: 'auto' | 'off'): FileWalls | undefined {
  if (bubblewrap === 'auto') return landlock === 'auto' ? 'bubblewrap+Landlock' : 'bubblewrap';
  return landlock === 'auto' ? 'Landlock' : undefined;
}
