/** A circle of modules is a wrong cut: hand over by a job, or move the thought down to the engine. */
export const noForwardRef = {
  meta: {
    type: 'problem',
    docs: { description: 'no forwardRef' },
    schema: [],
    messages: { circle: 'forwardRef hides a circle: hand over by a job, or move the common thought down a ring' },
  },
  create(context) {
    const report = (node) => context.report({ node, messageId: 'circle' });
    return {
      'ImportSpecifier[imported.name="forwardRef"]': report,
      'CallExpression[callee.name="forwardRef"]': report,
      'MemberExpression[property.name="forwardRef"]': report,
    };
  },
};
