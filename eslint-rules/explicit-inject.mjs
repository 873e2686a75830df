/** Nest reads types of parameters that the bundler does not emit: an injected parameter says its token, `@Inject(TOKEN)`. */
export const explicitInject = {
  meta: {
    type: 'problem',
    docs: { description: '@Inject on every constructor parameter of a Nest class' },
    schema: [],
    messages: { inject: 'without `@Inject(TOKEN)` this parameter is undefined at run time' },
  },
  create(context) {
    return {
      'MethodDefinition[kind="constructor"]'(node) {
        const owner = node.parent.parent;
        if (!(owner.decorators ?? []).some(isNest)) return;
        for (const parameter of node.value.params) {
          if (!(parameter.decorators ?? []).some((decorator) => decoratorName(decorator) === 'Inject')) {
            context.report({ node: parameter, messageId: 'inject' });
          }
        }
      },
    };
  },
};

// A filter (`@Catch`) is made by hand, with `new`.
function isNest(decorator) {
  return ['Injectable', 'Controller', 'Module'].includes(decoratorName(decorator));
}

function decoratorName({ expression }) {
  const callee = expression.type === 'CallExpression' ? expression.callee : expression;
  return callee.type === 'Identifier' ? callee.name : undefined;
}
