import type { Fault } from '../model/fault.ts';
import type { Subject } from '../model/subject.ts';
import { itemsOf, member, textOf, type Entry, type Value } from '../model/value.ts';
import { exposedPorts, portRangeOf } from './exposed-ports.ts';
import { isAnywhere } from './is-anywhere.ts';
import { placeInside } from './place-inside.ts';

/** Rules of a network security group that let the internet in to ports which it must not reach. */
export function openAzureRule(subject: Subject): readonly Fault[] {
  const rules = subject.type === 'azurerm_network_security_rule' ? [subject.value] : itemsOf(member(subject.value, 'security_rule'));
  return rules.filter(letsTheInternetIn).flatMap((rule) => {
    const entries = ['destination_port_range', 'destination_port_ranges'].flatMap((name) => entryOf(rule, name) ?? []);
    return entries.flatMap(({ place, value }) => {
      const ports = itemsOf(value)
        .map(exposedIn)
        .find((exposed) => exposed !== undefined);
      if (ports === undefined) return [];
      return [{ place: placeInside(place, subject), note: `Open to the internet: ${ports}.`, context: ports }];
    });
  });
}

function letsTheInternetIn(rule: Value): boolean {
  const says = (name: string): string | undefined => textOf(member(rule, name))?.toLowerCase();
  if (says('direction') !== 'inbound' || says('access') !== 'allow' || says('protocol') === 'icmp') return false;
  const sources = ['source_address_prefix', 'source_address_prefixes'].flatMap((name) => itemsOf(member(rule, name)));
  return sources.some((source) => isAnywhere(source) || /^(?:\*|internet|any)$/iu.test(textOf(source) ?? ''));
}

function exposedIn(value: Value): string | undefined {
  const range = portRangeOf(textOf(value) ?? '');
  return range === undefined ? undefined : exposedPorts(range);
}

function entryOf(rule: Value, name: string): Entry | undefined {
  return rule.kind === 'map' ? rule.entries.get(name) : undefined;
}
