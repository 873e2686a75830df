import type { Fault } from '../model/fault.ts';
import type { Subject } from '../model/subject.ts';
import { itemsOf, member, textOf, type Value } from '../model/value.ts';

// Ports behind which something stands that must not face the internet: shells, remote desktops, databases, caches, queues, control planes.
const sensitivePorts: readonly number[] = [
  20, 21, 22, 23, 25, 110, 111, 135, 137, 139, 143, 389, 445, 512, 513, 514, 873, 1433, 1434, 1521, 2049, 2181, 2375, 2376, 2379, 2380,
  3306, 3389, 4333, 5000, 5432, 5439, 5500, 5601, 5671, 5672, 5900, 5984, 5985, 5986, 6379, 6443, 7000, 7001, 8020, 8086, 9042, 9092, 9160,
  9200, 9300, 10250, 11211, 15672, 27017, 27018, 50070,
];
const wideRange = 1_000; // more open ports than this is no listener, it is a hole

/** Ingress from the whole internet to every port, to a wide range, or to a port that belongs to an administrator or a database. */
export function openIngress(subject: Subject): readonly Fault[] {
  const faults: Fault[] = [];
  for (const rule of ingressRules(subject)) {
    const source = openSource(rule);
    if (source === undefined) continue;
    const ports = exposedPorts(rule);
    if (ports === undefined) continue;
    faults.push({ place: inside(source, subject), note: `Open to the internet: ${ports}.`, context: ports });
  }
  return faults;
}

function ingressRules(subject: Subject): readonly Value[] {
  switch (subject.type) {
    case 'aws_security_group':
    case 'aws_default_security_group':
      return itemsOf(member(subject.value, 'ingress'));
    case 'aws_security_group_rule':
      return textOf(member(subject.value, 'type')) === 'ingress' ? [subject.value] : [];
    case 'AWS::EC2::SecurityGroup':
      return itemsOf(member(subject.value, 'SecurityGroupIngress'));
    default:
      return [subject.value];
  }
}

const sourceMembers = ['cidr_blocks', 'ipv6_cidr_blocks', 'cidr_ipv4', 'cidr_ipv6', 'CidrIp', 'CidrIpv6'];

function openSource(rule: Value): Value['place'] | undefined {
  if (rule.kind !== 'map') return undefined;
  for (const name of sourceMembers) {
    const entry = rule.entries.get(name);
    if (itemsOf(entry?.value).some((item) => /^(?:0\.0\.0\.0\/0|::\/0|0::\/0)$/u.test(textOf(item) ?? ''))) return entry?.place;
  }
  return undefined;
}

function exposedPorts(rule: Value): string | undefined {
  const protocol = textOf(member(rule, 'protocol') ?? member(rule, 'ip_protocol') ?? member(rule, 'IpProtocol'))?.toLowerCase();
  if (protocol === '-1' || protocol === 'all') return 'every port';
  if (protocol?.startsWith('icmp') === true) return undefined;
  const from = portOf(member(rule, 'from_port') ?? member(rule, 'FromPort'));
  const to = portOf(member(rule, 'to_port') ?? member(rule, 'ToPort'));
  if (from === undefined || to === undefined) return undefined;
  if (from === 0 && to === 0 && protocol === undefined) return undefined;
  if (to - from >= wideRange) return `ports ${String(from)} to ${String(to)}`;
  const port = sensitivePorts.find((candidate) => candidate >= from && candidate <= to);
  return port === undefined ? undefined : `port ${String(port)}`;
}

function portOf(value: Value | undefined): number | undefined {
  const text = textOf(value);
  return text !== undefined && /^-?[0-9]{1,5}$/u.test(text) ? Number(text) : undefined;
}

function inside(place: Value['place'], subject: Subject): Value['place'] {
  const { file, start, end } = subject.place;
  return place.file === file && place.start >= start && place.end <= end ? place : subject.head;
}
