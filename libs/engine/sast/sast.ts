import { createHash } from 'node:crypto';
import { parseSync } from 'oxc-parser';
import { err, ok } from '@lib/kernel';
import { loadDocuments, type Analyzer } from '@lib/engine/sdk';
import { analyzeTree } from './analyze-tree.ts';
import { compileModels } from './models/compile-models.ts';
import { modelDocumentSchema } from './models/model-schema.ts';
import { sastRuleSchema } from './rules/rule-schema.ts';
import { wantsPath } from './wants-path.ts';

/** Finds weaknesses in JavaScript and TypeScript by following data through each file and the files it imports. */
export const sast: Analyzer = {
  name: 'sast',
  version: '1.0.0',
  assets: ['sast.rules.json', 'sast.models.json'],
  wants: wantsPath,
  load: (assets) => {
    const rules = loadDocuments(assets, 'sast.rules.json', sastRuleSchema);
    if (!rules.ok) return Promise.resolve(rules);
    const documents = loadDocuments(assets, 'sast.models.json', modelDocumentSchema);
    if (!documents.ok) return Promise.resolve(documents);
    const models = compileModels(documents.value.documents);
    if (!models.ok) return Promise.resolve(err({ code: 'analyzer.rules_invalid', asset: 'sast.models.json', detail: models.error }));
    parseSync('load.ts', 'let loaded: boolean'); // the native parser is loaded now, while libraries may still be opened
    const knowledge = { models: models.value, rules: rules.value.documents };
    return Promise.resolve(
      ok({
        ruleDigest: createHash('sha256').update(rules.value.sha256).update(documents.value.sha256).digest('hex'),
        rules: knowledge.rules,
        analyze: (tree, report) => {
          analyzeTree(knowledge, tree, report);
        },
      }),
    );
  },
};
