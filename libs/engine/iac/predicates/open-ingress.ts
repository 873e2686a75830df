import type { Fault } from '../model/fault.ts';
import type { Subject } from '../model/subject.ts';
import { itemsOf, member, textOf, type Place, type Value } from '../model/value.ts';
import { exposedPorts, type PortRange } from './exposed-ports.ts';
import { isAnywhere } from './is-anywhere.ts';
import { placeInside } from './place-inside.ts';

/** Ingress from the whole internet to every port, to a wide range, or to a port that belongs to an administrator or a database. */
export function openIngress(subject: Subject): readonly Fault[] {
  const faults: Fault[] = [];
  for (const rule of ingressRules(subject)) {
    const source = openSource(rule);
    if (source === undefined) continue;
    const range = rangeOf(rule);
    const ports = range === undefined ? undefined : exposedPorts(range);
    if (ports === undefined) continue;
    faults.push({ place: placeInside(source, subject), note: `Open to the internet: ${ports}.`, context: ports });
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

function openSource(rule: Value): Place | undefined {
  if (rule.kind !== 'map') return undefined;
  return sourceMembers.map((name) => rule.entries.get(name)).find((entry) => itemsOf(entry?.value).some(isAnywhere))?.place;
}

function rangeOf(rule: Value): PortRange | undefined {
  const protocol = textOf(firstOf(rule, ['protocol', 'ip_protocol', 'IpProtocol']))?.toLowerCase();
  if (protocol === '-1' || protocol === 'all') return { from: 0, to: 65_535 };
  // for ICMP these members hold the message's type and code
  if (/^(?:icmp|1$|58$)/u.test(protocol ?? '')) return undefined;
  const from = portOf(firstOf(rule, ['from_port', 'FromPort']));
  const to = portOf(firstOf(rule, ['to_port', 'ToPort']));
  if (from === undefined || to === undefined) return undefined;
  // without a protocol, zero to zero may be every port or none
  return from === 0 && to === 0 && protocol === undefined ? undefined : { from, to };
}

function firstOf(rule: Value, names: readonly string[]): Value | undefined {
  return names.map((name) => member(rule, name)).find((value) => value !== undefined);
}

function portOf(value: Value | undefined): number | undefined {
  const text = textOf(value);
  return text !== undefined && /^-?[0-9]{1,5}$/u.test(text) ? Number(text) : undefined;
}
