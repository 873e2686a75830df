import { Language, Parser } from 'web-tree-sitter';
import type { GrammarName } from '@lib/contract';
import { err, ok, type Result } from '@lib/kernel';
import type { Assets, LoadError } from '@lib/engine/sdk';

/** Parsers that are open, by language. */
export type Grammars = ReadonlyMap<GrammarName, Parser>;

const runtimeAsset = 'web-tree-sitter.wasm';

/** Assets of all grammars: the parser's own code, and the tables of each language. */
export const grammarAssets: readonly string[] = [runtimeAsset, 'tree-sitter-java.wasm', 'tree-sitter-python.wasm', 'tree-sitter-go.wasm'];

/**
 * Compiles and instantiates grammars into `opened`; without names not even the parser's own code, which costs more than the rest of a start.
 * Errors: `analyzer.asset_invalid` when an asset is no grammar that this parser takes.
 */
export async function openGrammars(
  opened: Map<GrammarName, Parser>,
  assets: Assets,
  names: readonly GrammarName[],
): Promise<Result<void, LoadError>> {
  if (names.every((name) => opened.has(name))) return ok(undefined);
  let asset = runtimeAsset;
  try {
    await Parser.init({ wasmBinary: assets.read(asset) });
    for (const name of names.filter((wanted) => !opened.has(wanted))) {
      asset = `tree-sitter-${name}.wasm`;
      const parser = new Parser();
      parser.setLanguage(await Language.load(assets.read(asset)));
      parser.parse('(')?.delete(); // what the parser allocates at its first use, and its error recovery, are there before the sandbox closes
      opened.set(name, parser);
    }
    return ok(undefined);
  } catch (error) {
    return err({ code: 'analyzer.asset_invalid', asset, detail: error instanceof Error ? error.message : 'not a grammar' });
  }
}
