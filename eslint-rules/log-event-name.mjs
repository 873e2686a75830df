import { isTest, placeOf } from './place-of.mjs';

const pattern = /^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*(?:\.[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*)+$/u;
const irregular = new Set(
  'built begun broken chosen cut drawn done driven fallen found forgotten given gone grown held hidden hit hung kept known left lent lost made met put read rebuilt run said seen sent set shut spent stolen stuck sunk taken thrown told torn understood unwritten withdrawn written'.split(
    ' ',
  ),
);
const content =
  /^(?:source|content|contents|text|body|payload|snippet|excerpt|prompt|completion|secret|secrets|token|password|passphrase|apiKey|privateKey|authorization|cookie|cookies|headers|email|externalId|query|row|rows|env|line|lines)$/u;
const levels = new Set(['trace', 'debug', 'info', 'warn', 'error', 'fatal']);

/** A log line is an event in the past tense with fields, and never carries what customers gave us. */
export const logEventName = {
  meta: {
    type: 'problem',
    docs: { description: 'log events are `area.past_tense` and carry no content' },
    schema: [],
    messages: {
      literal: 'the event is a plain string, so that it can be searched for; what varies goes into the fields',
      name: '`{{name}}` is not an event: `area.past_tense`, such as `scan.finished`',
      field: '`{{name}}` would put content into the log: log an id, a size or a digest',
    },
  },
  create(context) {
    const place = placeOf(context);
    // the log itself passes on what it is given
    if (isTest(place) || place.startsWith('libs/platform/telemetry/')) return {};
    return {
      CallExpression(node) {
        if (!isLogCall(node.callee)) return;
        const [event, fields] = node.arguments;
        if (event === undefined) return;
        if (event.type !== 'Literal' || typeof event.value !== 'string') return context.report({ node: event, messageId: 'literal' });
        if (!isEvent(event.value)) context.report({ node: event, messageId: 'name', data: { name: event.value } });
        if (fields?.type === 'ObjectExpression') checkFields(fields);
      },
    };
    function checkFields(fields) {
      for (const property of fields.properties) {
        const name = property.key?.name ?? property.key?.value;
        if (typeof name === 'string' && content.test(name)) context.report({ node: property, messageId: 'field', data: { name } });
      }
    }
  },
};

// `log.info(...)`, `deps.log.info(...)`, `this.log.info(...)`
function isLogCall(callee) {
  if (callee.type !== 'MemberExpression' || callee.computed || !levels.has(callee.property.name)) return false;
  const object = callee.object;
  const name = object.type === 'MemberExpression' && !object.computed ? object.property.name : object.name;
  return /^(?:log|logger|\w+Log)$/u.test(name ?? '');
}

// `scan.finished`, `lease.run_out`, `job.not_claimed`: one word of the last part tells what has happened
function isEvent(name) {
  if (!pattern.test(name)) return false;
  const words = name.split('.').at(-1).split(/[-_]/u);
  return words.some((word) => word.endsWith('ed') || irregular.has(word));
}
