import { Buffer } from 'node:buffer';
import { entropy } from './entropy.ts';
import { hasCrc32Suffix } from './has-crc32-suffix.ts';
import { isPlaceholder } from './is-placeholder.ts';
import { readsLikeWords } from './reads-like-words.ts';
import type { SecretRule, valueChecks } from './rule-schema.ts';

/** `doubtful`: it has the form and fails the checksum or the header, so it may be made up; still said, with low confidence. */
export type Verdict = 'yes' | 'doubtful' | 'no';

/** Judges a matched value by its rule's own checks: entropy, checksum, structure, and the name that it is given to. Placeholders never pass. */
export function judgeValue({ match }: SecretRule, value: string, name: string): Verdict {
  if (isPlaceholder(value) || entropy(value) < match.entropyMin) return 'no';
  return match.check === undefined ? 'yes' : checks[match.check](value, name);
}

const checks: Readonly<Record<(typeof valueChecks)[number], (value: string, name: string) => Verdict>> = {
  'crc32-base62': (value) => (hasCrc32Suffix(value) ? 'yes' : 'doubtful'),
  'jwt-header': judgeJoseHeader,
  'generic-value': (value, name) => (!speaksOfSecrets(name) && looksGenerated(value, name) ? 'yes' : 'no'),
  'real-host-password': (value) => (value.length >= passwordCharsMin && !productNames.test(value) ? 'yes' : 'no'),
};

const passwordCharsMin = 6; // shorter ones stand for a password in addresses of tests
const productNames =
  /^(?:root|admin|guest|postgres|mysql|redis|mongo|localhost|username|user|password|passwd|pass|token|secret|default)$/iu;

const joseNames = [
  'alg',
  'typ',
  'kid',
  'enc',
  'cty',
  'jku',
  'jwk',
  'x5c',
  'x5t',
  'x5u',
  'crit',
  'zip',
  'epk',
  'b64',
  'url',
  'iss',
  'aud',
  'sub',
];

// RFC 7515, section 4, and the names registered since
function judgeJoseHeader(token: string): Verdict {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8'));
    if (typeof header !== 'object' || header === null) return 'no';
    return joseNames.some((name) => name in header) ? 'yes' : 'no';
  } catch {
    return 'doubtful';
  }
}

const speaking = new Set(
  `encryption algorithm algo hash hasher hashing cipher policy policies type name names field fields url uri urls endpoint path file prefix suffix
  header format length size strategy method label hint message error placeholder pattern regex regexp schema column table index selector class kind
  mode scope expiry expires expiration ttl count max min id ids ref arn provider store manager reset grant issuer audience version checksum digest
  fingerprint thumbprint alias char chars alphabet pair ring code event text title locale translation option options setting settings config rule
  service domain host user username email vault board frame mesh stone word words signature down up left right press pressed input element button tooltip caption description`.split(
    /\s+/u,
  ),
);
const speakingEnd = /(?:algorithm|url|uri|name|field|path|file|length|header|policy|type|expir[a-z]*)s?$/iu;
const notSecret = new Set(
  `public pub verifying verification primary foreign natural sequence partition sort shard range bucket schema cache hot idx row group map dict object translation i18n
  csrf xsrf antiforgery authenticity accessibility accessor author monkey turkey keyboard keyword keying tokenizer stream query routing react issuer
  license test example dummy mock fake sample vault selector with has is`.split(/\s+/u),
);

/** `password_encryption`, `tokenUrl`, `secretName`, `primaryKey`: these speak of a secret, or of no secret, and hold none. */
function speaksOfSecrets(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/gu, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/u)
    .map((word) => word.replace(/\d+$/u, ''))
    .filter((word) => word !== '');
  return speaking.has(words.at(-1) ?? '') || speakingEnd.test(words.at(-1) ?? '') || words.some((word) => notSecret.has(word));
}

const wordsMin = 4.2; // see readsLikeWords; few texts of random letters reach it
const passwordName = /passw|pwd|passphrase/iu;

const generatedCharsMin = 8;
const lettersCharsMin = 12; // of a value without a digit: words are shorter
const kinds: readonly RegExp[] = [/[a-z]/u, /[A-Z]/u, /[0-9]/u, /[^A-Za-z0-9]/u];

// A credential that a person or a machine made up: mixed characters, and not a phrase, a path, an identifier, a type, a digest or a sequence.
function looksGenerated(value: string, name: string): boolean {
  if (value.length < generatedCharsMin || isStructured(value)) return false;
  const bits = entropy(value);
  if (bits < 2.8 || kinds.filter((kind) => kind.test(value)).length < 2) return false;
  if (!/[0-9]/u.test(value)) return bits >= 3.2 && value.length >= lettersCharsMin && (readsLikeWords(value) ?? 0) < 3.2;
  return (passwordName.test(name) && !/[\s/]/u.test(value)) || !isMostlyWords(value);
}

function isMostlyWords(value: string): boolean {
  const letters = value.replaceAll(/[^A-Za-z]/gu, '').length;
  return letters >= value.length / 2 && (readsLikeWords(value) ?? 0) >= wordsMin;
}

const structured: readonly RegExp[] = [
  /^(.)\1+$/u,
  /^[a-z][a-z0-9+.-]*:\/\//iu, // an address
  /^[a-z_$][\w$]*(?:\.[a-z_$][\w$]*)+(?:[([].*)?$/iu, // a member of something
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu, // RFC 9562: identifiers are no credentials
  /^(?:sha(?:1|256|384|512)|md5)[-:]/iu, // a digest with its algorithm
  /^\d{1,4}(?:[-./:]\d{1,4}){1,6}$/u, // a date, a version, an address
  /^[\^~<>=v]{0,2}\d+\.\d+[\w.+-]*$/u, // a version
  /^0x[0-9a-f]{40}$/iu, // the address of an account on a chain is public
  /^(?:MCowBQYDK2V|MFkwEwYHKoZIzj0CAQ|MHYwEAYHKoZIzj0CAQ|MIGbMBAGByqGSM49|MIGfMA0GCSq|MII[BC][A-Z]jANBgkq|AAAA[BCE]3Nza)/u, // a public key, RFC 5280 4.1, RFC 4253 6.6
  /\w\([\w.,]*\)[.[({]/u, // an expression that calls something
  /^\d[\d_]*n?$/u, // a number
  /^\$(?:2[abxy]|argon2[a-z]*|pbkdf2[\w-]*|[156y])\$/u, // a password's hash is no password
  /^[\w.-]+\.(?:pem|p12|pfx|key|crt|cer|json|ya?ml|txt|xml|ini|conf|js|ts|py|go|java|html?|properties|jks|svg|png|jpe?g|gif|css|md|log|db|sqlite)$/iu, // a file
  /^\.{0,2}\/[\w./-]+$/u, // a path
  /^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$/u, // a mailbox
  /^[#.][\w-]+$/u, // a selector
  /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/u, // a constant
  /(?:0123456789|abcdefghij|ABCDEFGHIJ)/u, // an alphabet
  /^\S+\s+\S+(?:\s+\S+)+$/u, // a sentence
];

const foreignCharsMax = 2; // credentials are typed on any keyboard; more is a text in some language

function isStructured(value: string): boolean {
  if (value.replaceAll(/[\u0020-\u007e]/gu, '').length > foreignCharsMax) return true;
  return structured.some((shape) => shape.test(value));
}
