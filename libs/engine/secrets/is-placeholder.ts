const words =
  /change[-_ ]?me|change[-_ ]?this|replace[-_ ]?(?:me|this|with)|your[-_ ]|<[^>]*>|\bexample\b|example(?:key|token|secret)?$|placeholder|dummy|redacted|not[-_]?a[-_]?real|fake|sample|insert[-_]|to[-_]?be[-_]|todo|xxxx|\*\*\*|\.\.\.|\u2022{3}|notasecret|not[-_]secret|undefined|^null$|^none$|^test$|^secret$|^password\d{0,3}$/iu;
const references =
  /^\$\{?[A-Za-z_]|\$\{|\{\{|^%[A-Za-z_]+%$|^@[A-Za-z_]+@$|^\$\(|process\.env|os\.environ|getenv|^env[.:(]|^vault:|^arn:aws:|^ssm:|^sm:\/\/|^projects\/|^\/(?:run|etc|var)\//iu;
const sequences = /^(?:qwerty|12345678)|123456789|abcdefgh|\.\.$/iu;

/** Says whether a value stands for a secret without being one: a placeholder, a reference to a variable or a store, a sequence. */
export function isPlaceholder(value: string): boolean {
  if (words.test(value) || references.test(value) || sequences.test(value)) return true;
  return new Set(value).size <= 3;
}
