import { createHash } from 'node:crypto';
import { parseSync } from 'oxc-parser';
import type { Parser } from 'web-tree-sitter';
import type { GrammarName } from '@lib/contract';
import { err, ok } from '@lib/kernel';
import { loadDocuments, type Analyzer } from '@lib/engine/sdk';
import { analyzeTree } from './analyze-tree.ts';
import { grammarAssets, openGrammars } from './frontend/tree-sitter/grammars.ts';
import { compileModels } from './models/compile-models.ts';
import { modelDocumentSchema } from './models/model-schema.ts';
import { sastRuleSchema } from './rules/rule-schema.ts';
import { withVariants } from './rules/rule-variants.ts';
import { wantsPath } from './wants-path.ts';

/** Finds weaknesses in JavaScript and TypeScript by following data through each file and the files it imports. */
export const sast: Analyzer = {
  name: 'sast',
  version: '1.2.0',
  assets: ['sast.rules.json', 'sast.models.json', ...grammarAssets],
  wants: wantsPath,
  load: (assets) => {
    const rules = loadDocuments(assets, 'sast.rules.json', sastRuleSchema());
    if (!rules.ok) return Promise.resolve(rules);
    const documents = loadDocuments(assets, 'sast.models.json', modelDocumentSchema());
    if (!documents.ok) return Promise.resolve(documents);
    const models = compileModels(documents.value.documents);
    if (!models.ok) return Promise.resolve(err({ code: 'analyzer.rules_invalid', asset: 'sast.models.json', detail: models.error }));
    parseSync('load.ts', 'let loaded: boolean'); // the native parser is loaded now, while libraries may still be opened
    const grammars = new Map<GrammarName, Parser>();
    const knowledge = { models: models.value, rules: rules.value.documents, grammars };
    return Promise.resolve(
      ok({
        ruleDigest: createHash('sha256').update(rules.value.sha256).update(documents.value.sha256).digest('hex'),
        rules: withVariants(knowledge.rules),
        analyze: (tree, report) => {
          analyzeTree(knowledge, tree, report);
        },
        open: (given, names) => openGrammars(grammars, given, names),
      }),
    );
  },
};
