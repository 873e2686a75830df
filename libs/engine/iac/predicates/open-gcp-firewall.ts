import type { Fault } from '../model/fault.ts';
import type { Subject } from '../model/subject.ts';
import { itemsOf, member, textOf, type Value } from '../model/value.ts';
import { exposedPorts, portRangeOf } from './exposed-ports.ts';
import { isAnywhere } from './is-anywhere.ts';
import { placeInside } from './place-inside.ts';

/** What a firewall allows the internet to reach and must not. */
export function openGcpFirewall(subject: Subject): readonly Fault[] {
  if (!itemsOf(member(subject.value, 'source_ranges')).some(isAnywhere)) return [];
  return itemsOf(member(subject.value, 'allow')).flatMap((allow) => {
    const exposed = exposedBy(allow);
    return exposed === undefined ? [] : [{ place: placeInside(exposed.at.place, subject), ...noteOf(exposed.ports) }];
  });
}

function noteOf(ports: string): Pick<Fault, 'note' | 'context'> {
  return { note: `Open to the internet: ${ports}.`, context: ports };
}

type Exposed = { readonly at: Value; readonly ports: string };

function exposedBy(allow: Value): Exposed | undefined {
  if (allow.kind !== 'map') return undefined;
  const protocol = textOf(member(allow, 'protocol'))?.toLowerCase();
  if (protocol === 'all') return { at: allow, ports: 'every port' };
  if (protocol === undefined || !/^(?:tcp|udp|sctp|6|17|132)$/u.test(protocol)) return undefined;
  const written = member(allow, 'ports');
  // a protocol without ports is all of them
  if (written === undefined) return { at: allow, ports: 'every port' };
  for (const item of itemsOf(written)) {
    const range = portRangeOf(textOf(item) ?? '');
    const ports = range === undefined ? undefined : exposedPorts(range);
    if (ports !== undefined) return { at: written, ports };
  }
  return undefined;
}
