import type { Expression, Node } from 'oxc-parser';
import type { Key, ValueId } from '../../ir/instruction.ts';
import type { NodeOf } from './node-of.ts';
import { emit } from '../emitter.ts';
import { absentValue, type Lowering } from './lowering.ts';
import { forgetPaths, pathRoot } from './lower-name.ts';
import { lowerExpression } from './lower-expression.ts';

const pathPartsMax = 4; // a longer member path is not followed through tests

/** The key of a property as the source writes it. */
export function lowerKey(lowering: Lowering, key: Node, computed: boolean): Key {
  if (!computed) {
    if (key.type === 'Identifier') return { name: key.name };
    if (key.type === 'PrivateIdentifier') return { name: `#${key.name}` };
  }
  if (key.type === 'Literal') return { name: String(key.value) };
  return isExpression(key) ? { computed: lowerExpression(lowering, key) } : { any: true };
}

/** Lowers the reading of a member; what a test said of this very path is believed. */
export function lowerMember(lowering: Lowering, node: NodeOf<'MemberExpression'>): ValueId {
  return loadMember(lowering, node, lowerExpression(lowering, node.object));
}

/** The same with the object already lowered, as a call needs it. */
export function loadMember(lowering: Lowering, node: NodeOf<'MemberExpression'>, object: ValueId): ValueId {
  const key = lowerKey(lowering, node.property, node.computed);
  const path = pathOf(lowering, node);
  const alias = path === undefined ? undefined : lowering.frame.aliases.get(path.text);
  const known = alias === undefined ? undefined : lowering.frame.builder.read(alias);
  const form = known === undefined ? undefined : lowering.frame.builder.code[known]?.op;
  // A path that was read before is the same load again: keep the value that tests have narrowed.
  if (known !== undefined && (form === 'load' || form === 'refine')) return known;
  const loaded = emit(lowering, { op: 'load', object, key }, node);
  if (path === undefined) return loaded;
  if (known === undefined || form === 'absent') return holdPath(lowering, path, loaded);
  return emit(lowering, { op: 'choose', preferred: known, otherwise: loaded }, node);
}

/** Assigns a member. */
export function storeMember(lowering: Lowering, node: NodeOf<'MemberExpression'>, value: ValueId): void {
  const object = lowerExpression(lowering, node.object);
  const key = lowerKey(lowering, node.property, node.computed);
  emit(lowering, { op: 'store', object, key, value }, node);
  const path = pathOf(lowering, node);
  if (path === undefined) return;
  // A computed name may be that of any other member.
  forgetPaths(lowering, node.computed ? [path.root, ...path.parts.slice(0, -1)].join('.') : path.text);
  holdPath(lowering, path, value);
}

/**
 * `req.query.name` or `names[i]` in parts; a change of any shorter path makes what is known of it void, and so does one of the variables that
 * name a part.
 */
type Path = { readonly text: string; readonly root: string; readonly parts: readonly string[]; readonly keys: readonly string[] };

/** Makes the path a variable of the function, so that tests and assignments narrow it; elsewhere it is `absent`. */
function holdPath(lowering: Lowering, path: Path, value: ValueId): ValueId {
  const { aliases, builder, pathsByRoot } = lowering.frame;
  let alias = aliases.get(path.text);
  if (alias === undefined) {
    alias = builder.alias(path.text, absentValue(lowering));
    aliases.set(path.text, alias);
    const roots = path.parts.map((_, length) => [path.root, ...path.parts.slice(0, length)].join('.'));
    for (const root of [...roots, ...path.keys]) {
      const known = pathsByRoot.get(root);
      if (known === undefined) pathsByRoot.set(root, [alias]);
      else known.push(alias);
    }
  }
  builder.set(alias, value);
  return value;
}

/** The path of a member, when every part is a plain name, a literal or a variable. */
function pathOf(lowering: Lowering, node: NodeOf<'MemberExpression'>): Path | undefined {
  const parts: string[] = [];
  const keys: string[] = [];
  let at: Expression = node;
  while (at.type === 'MemberExpression' && parts.length < pathPartsMax) {
    const { property } = at;
    if (!at.computed) parts.unshift(property.type === 'Identifier' ? property.name : '#');
    else if (property.type === 'Literal') parts.unshift(`[${String(property.value)}]`);
    else if (property.type === 'Identifier') {
      const key = pathRoot(lowering, property.name);
      keys.push(key);
      parts.unshift(`[${key}]`);
    } else return undefined;
    at = at.object;
  }
  if (at.type !== 'Identifier' && at.type !== 'ThisExpression') return undefined;
  const root = at.type === 'Identifier' ? pathRoot(lowering, at.name) : 'this';
  return { text: `${root}.${parts.join('.')}`, root, parts, keys };
}

/** Every node that can stand as a computed key is an expression; private names and the like are not. */
function isExpression(node: Node): node is Expression {
  return node.type !== 'PrivateIdentifier' && !node.type.startsWith('TS');
}
