import { readFileSync } from 'node:fs';

/** What the kernel itself says about this process. */
export type ProcessStatus = {
  readonly noNewPrivileges: boolean;
  readonly seccompFilters: number;
  readonly userIds: readonly number[];
  readonly groupIds: readonly number[];
  readonly supplementaryGroups: readonly number[];
  readonly capabilities: bigint;
};

/** Reads `/proc/self/status`. */
export function processStatus(): ProcessStatus {
  const fields = new Map(
    readFileSync('/proc/self/status', 'utf8')
      .split('\n')
      .map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      }),
  );
  const numbers = (name: string): readonly number[] =>
    (fields.get(name) ?? '')
      .split(/\s+/u)
      .filter((word) => word !== '')
      .map(Number);
  return {
    noNewPrivileges: fields.get('NoNewPrivs') === '1',
    seccompFilters: Number(fields.get('Seccomp_filters') ?? '0'),
    userIds: numbers('Uid'),
    groupIds: numbers('Gid'),
    supplementaryGroups: numbers('Groups'),
    capabilities: BigInt(`0x${fields.get('CapEff') ?? 'ffff'}`),
  };
}
