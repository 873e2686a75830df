// Ports behind which something stands that must not face the internet: shells, remote desktops, databases, caches, queues, control planes.
const sensitivePorts: readonly number[] = [
  20, 21, 22, 23, 25, 110, 111, 135, 137, 139, 143, 389, 445, 512, 513, 514, 873, 1433, 1434, 1521, 2049, 2181, 2375, 2376, 2379, 2380,
  3306, 3389, 4333, 5000, 5432, 5439, 5500, 5601, 5671, 5672, 5900, 5984, 5985, 5986, 6379, 6443, 7000, 7001, 8020, 8086, 9042, 9092, 9160,
  9200, 9300, 10250, 11211, 15672, 27017, 27018, 50070,
];
const wideRange = 1_000; // more open ports than this is no listener, it is a hole

/** Ports from one to another, both included. */
export type PortRange = { readonly from: number; readonly to: number };

/** Says in words what an open range exposes that the internet must not reach; undefined when it is an ordinary listener. */
export function exposedPorts({ from, to }: PortRange): string | undefined {
  if (from <= 1 && to >= 65_535) return 'every port';
  if (to - from >= wideRange) return `ports ${String(from)} to ${String(to)}`;
  const port = sensitivePorts.find((candidate) => candidate >= from && candidate <= to);
  return port === undefined ? undefined : `port ${String(port)}`;
}

/** Reads `22`, `20-25` and `*`; undefined for anything else. */
export function portRangeOf(text: string): PortRange | undefined {
  if (text.trim() === '*') return { from: 0, to: 65_535 };
  const [, from, to] = /^\s*([0-9]{1,5})\s*(?:-\s*([0-9]{1,5})\s*)?$/u.exec(text) ?? [];
  return from === undefined ? undefined : { from: Number(from), to: Number(to ?? from) };
}
