import { limits } from '@lib/contract';
import { indexLines } from '@lib/engine/sdk';
import { worldOf, type Subject } from '../../model/subject.ts';
import type { SourceFile } from '../../model/value.ts';
import type { Module } from '../scope.ts';
import { planConfiguration } from './plan-configuration.ts';
import { planSchema, plannedModuleSchema, type Plan, type PlannedResource } from './plan-schema.ts';
import { planPlaces } from './plan-places.ts';
import { plannedValue } from './planned-value.ts';

/** The subjects of one plan, or why there are none or not all. */
export type PlanRead = {
  readonly subjects: readonly Subject[];
  readonly problem: { readonly code: 'syntax_error' | 'limit_reached'; readonly detail: string } | undefined;
};

/** Whether a text is what `terraform show -json` (or OpenTofu's) writes of a plan. Cheap. */
export function looksLikePlan(text: string): boolean {
  return /^\s{0,100}\{\s{0,100}"format_version"/u.test(text) && text.includes('"planned_values"');
}

/**
 * Reads a plan in JSON: every resource that it leaves behind with the values that it will have, of called modules too. What is known only
 * after it is applied is unknown, and so is what is sensitive. Findings stand at the sources where these are beside the plan, else at the
 * resource's address in the plan, whose values are never shown.
 * Bounds: `iacNodesMax` values, `iacDepthMax` of nesting, `iacModuleDepthMax` of modules.
 */
export function readPlan(file: SourceFile, modules: readonly Module[]): PlanRead {
  const plan = planSchema.safeParse(parseJson(file.source.text));
  if (!plan.success) return { subjects: [], problem: { code: 'syntax_error', detail: 'no plan of a known form' } };
  const configured = planConfiguration(plan.data.configuration?.root_module);
  const unknowns = new Map(plan.data.resource_changes?.map(({ address, change }) => [address, change.after_unknown] as const));
  const placesOf = planPlaces({ file: masked(file), modules, configured });
  const resources = resourcesOf(plan.data);
  const budget = { nodes: 0 };
  const subjects: Subject[] = [];
  const world = worldOf(subjects);
  for (const { resource, isData } of resources.found) {
    const key = withoutMembers(resource.address);
    const config = configured.resourceAt(key);
    const places = placesOf(resource.address, key);
    subjects.push({
      format: 'terraform',
      type: isData ? `data.${resource.type}` : resource.type,
      address: addressOf(places.isSource ? `${isData ? 'data.' : ''}${resource.type}.${resource.name}` : resource.address),
      key,
      value: plannedValue({ resource, unknown: unknowns.get(resource.address), config, places, budget }),
      roots: new Map(),
      file: places.head.file,
      place: places.whole,
      head: places.head,
      world,
    });
    if (budget.nodes > limits.iacNodesMax) break;
  }
  const cut = resources.cut || budget.nodes > limits.iacNodesMax;
  return { subjects, problem: cut ? { code: 'limit_reached', detail: 'a plan of too many values or modules' } : undefined };
}

function addressOf(address: string): string {
  return address.slice(0, limits.noteCharsMax);
}

/** The address without the members of `count` and `for_each`, as references write it. */
function withoutMembers(address: string): string {
  return address.replaceAll(/\[(?:"(?:[^"\\]|\\.){0,500}"|\d{1,10})\]/gu, '');
}

type Found = { readonly resource: PlannedResource; readonly isData: boolean };

function resourcesOf(plan: Plan): { readonly found: readonly Found[]; readonly cut: boolean } {
  const found: Found[] = [];
  let level: readonly unknown[] = [plan.planned_values.root_module];
  for (let depth = 0; depth <= limits.iacModuleDepthMax && level.length > 0; depth++) {
    const modules = level.flatMap((module) => plannedModuleSchema.safeParse(module).data ?? []);
    for (const { resources } of modules) for (const resource of resources ?? []) found.push({ resource, isData: resource.mode === 'data' });
    level = modules.flatMap(({ child_modules: children }) => children ?? []);
  }
  return { found: found.slice(0, limits.iacModuleInstancesMax), cut: level.length > 0 || found.length > limits.iacModuleInstancesMax };
}

const shown = /^(?:address|module_address|mode|type|name|provider_name|format_version|terraform_version)$/u;

// A plan spells out passwords, and its own marks do not cover all of them: whoever reads a finding sees names and no value.
function masked(file: SourceFile): SourceFile {
  let key = '';
  const text = file.source.text.replaceAll(/"((?:[^"\\]|\\.)*)"(\s{0,100}:)?/gu, (found, inner: string, colon: string | undefined) => {
    if (colon !== undefined) {
      key = inner;
      return found;
    }
    return shown.test(key) ? found : `"${'*'.repeat(inner.length)}"`;
  });
  return { ...file, source: indexLines(text) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
