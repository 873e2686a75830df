import parseExpression, { type Info } from 'spdx-expression-parse';
import type { Component } from '@lib/contract';
import { billedPackages, type BilledPackage } from './bill.ts';

/** A package whose licence is not wanted. `license` is as its file says it; undefined where none does. */
type DeniedPackage = { readonly package: BilledPackage; readonly license: string | undefined };

// Licences under which one's own work has to be offered when it is handed on, or used over a network. Source: spdx.org/licenses; the
// classes are those of the Blue Oak Council and of Google's public list ("restricted", "reciprocal").
const copyleft = /^(?:AGPL|GPL|LGPL|MPL|EPL|CDDL|EUPL|OSL|SSPL|CPAL|CECILL|RPL|CC-BY-SA)-/u;

/**
 * The packages that cannot be had without a denied licence, by package URL: of `A OR B` one may be denied, of `A AND B` none. `denied` are SPDX
 * ids, as `GPL-3.0-only` (`GPL-3.0` means each form of it), `copyleft`, and `unknown` for what no file says or what is no SPDX expression.
 */
export function deniedLicenses(components: readonly Component[], denied: readonly string[]): readonly DeniedPackage[] {
  const rule: Rule = { ids: new Set(denied.map(baseOf)), families: new Set(denied) };
  return billedPackages(components).flatMap((found) => (isDenied(found.license, rule) ? [{ package: found, license: found.license }] : []));
}

type Rule = { readonly ids: ReadonlySet<string>; readonly families: ReadonlySet<string> };

function isDenied(license: string | undefined, rule: Rule): boolean {
  const parsed = license === undefined ? undefined : parse(license.trim());
  return parsed === undefined ? rule.families.has('unknown') : needsDenied(parsed, rule);
}

function needsDenied(expression: Info, rule: Rule): boolean {
  if ('conjunction' in expression) {
    const [left, right] = [needsDenied(expression.left, rule), needsDenied(expression.right, rule)];
    return expression.conjunction === 'or' ? left && right : left || right;
  }
  const { license } = expression;
  return rule.ids.has(baseOf(license)) || (rule.families.has('copyleft') && copyleft.test(license));
}

function baseOf(id: string): string {
  return id.toLowerCase().replace(/-(?:only|or-later)$|\+$/u, '');
}

function parse(text: string): Info | undefined {
  try {
    return parseExpression(text);
  } catch {
    return undefined;
  }
}
