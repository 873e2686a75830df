import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fc } from '../../../tools/testing/seeded-fast-check.ts';
import {
  type KeyKind,
  type NoteSigner,
  type TrustPolicy,
  cosignNote,
  formatAddCheckpoint,
  formatCheckpoint,
  formatTlogProof,
  formatTrustPolicy,
  formatVerifierKey,
  leafHash,
  merkleRoot,
  openCheckpoint,
  parseAddCheckpoint,
  parseTlogProof,
  parseTrustPolicy,
  parseVerifierKey,
  parseWitnessSize,
  proveInclusion,
  readCosignatures,
  readNote,
  signNote,
  verifierKey,
  verifyTlogProof,
} from './index.ts';

const makeSigner = (name: string, kind: KeyKind = 'note'): NoteSigner => {
  const pair = kind === 'cosignature-ml-dsa-44' ? generateKeyPairSync('ml-dsa-44') : generateKeyPairSync('ed25519');
  return { key: verifierKey(name, pair.publicKey, kind), sign: (message) => Promise.resolve(sign(null, message, pair.privateKey)) };
};
const valueOf = <T>(result: { ok: true; value: T } | { ok: false; error: { code: string } }): T => {
  if (!result.ok) throw new Error(result.error.code);
  return result.value;
};
const codeOf = (result: { ok: true } | { ok: false; error: { code: string } }) => (result.ok ? 'ok' : result.error.code);

const origin = 'audit.example/t/1';
const log = makeSigner(origin);
const witnesses = (['cosignature', 'cosignature', 'cosignature-ml-dsa-44'] as const).map((kind, at) =>
  makeSigner(`witness.example/${String(at)}`, kind),
);
const [first, second, third] = witnesses as [NoteSigner, NoteSigner, NoteSigner];
const leaves = Array.from({ length: 11 }, (_, index) => leafHash(Buffer.from(`entry ${String(index)}`)));
const text = formatCheckpoint({ origin, size: 11n, root: merkleRoot(leaves) });
const signed = await signNote(text, log);
const time = 1_679_315_147n;
const policyOf = (threshold: number, of: readonly NoteSigner[] = witnesses): TrustPolicy =>
  valueOf(
    parseTrustPolicy(
      formatTrustPolicy(
        log.key,
        of.map(({ key }) => key),
        threshold,
      ),
    ),
  );
const cosigned = async (...by: readonly NoteSigner[]) =>
  signed + (await Promise.all(by.map((witness) => cosignNote(text, witness, time)))).join('');
const open = (note: string, policy: TrustPolicy) => openCheckpoint(Buffer.from(note), policy);

describe('cosignatures', () => {
  it('tell_when_each_witness_saw_the_checkpoint', async () => {
    const opened = valueOf(open(await cosigned(...witnesses), policyOf(3)));
    expect(opened.cosignatures.map(({ key, time: at }) => [key.name, at])).toEqual(witnesses.map(({ key }) => [key.name, time]));
    expect(opened).toMatchObject({ origin, size: 11n, text });
  });

  it('sign_the_bytes_of_the_specification', async () => {
    const bytesOf = (line: string) => Buffer.from(line.trimEnd().split(' ')[2] ?? '', 'base64');
    const ed25519 = bytesOf(await cosignNote(text, first, time));
    expect(ed25519.length).toBe(4 + 8 + 64);
    expect(ed25519.readBigUInt64BE(4)).toBe(time);
    expect(verify(null, Buffer.from(`cosignature/v1\ntime 1679315147\n${text}`), first.key.publicKey, ed25519.subarray(12))).toBe(true);
    const mlDsa = bytesOf(await cosignNote(text, third, time));
    expect(mlDsa.length).toBe(4 + 8 + 2420);
    const message = Buffer.concat([
      Buffer.from('subtree/v1\n\0'),
      Buffer.from(`\x11witness.example/2`),
      Buffer.from('00000000641850cb', 'hex'),
      Buffer.from(`\x11audit.example/t/1`),
      Buffer.alloc(8),
      Buffer.from('000000000000000b', 'hex'),
      merkleRoot(leaves),
    ]);
    expect(verify(null, message, third.key.publicKey, mlDsa.subarray(12))).toBe(true);
  });

  it('any_flipped_bit_of_a_cosignature_refuses_the_checkpoint', async () => {
    const note = await cosigned(first);
    const policy = policyOf(1, [first]);
    for (let at = signed.length; at < note.length; at += 1) {
      const broken = note.slice(0, at) + (note[at] === 'A' ? 'B' : 'A') + note.slice(at + 1);
      expect(open(broken, policy).ok, String(at)).toBe(false);
    }
  });

  it('of_another_text_another_time_or_the_wrong_kind_of_key_do_not_hold', async () => {
    const other = formatCheckpoint({ origin, size: 12n, root: merkleRoot(leaves) });
    for (const witness of [first, third]) {
      const line = await cosignNote(other, witness, time);
      expect(codeOf(open(signed + line, policyOf(1, [witness])))).toBe('tlog.signature_invalid');
    }
    // a plain note signature by a witness key has another id, and is nobody's cosignature
    const plain = (await signNote(text, { ...first, key: verifierKey(first.key.name, first.key.publicKey) })).slice(text.length + 1);
    expect(codeOf(open(signed + plain, policyOf(1, [first])))).toBe('tlog.quorum_missing');
    const bytes = Buffer.from((await cosignNote(text, first, time)).trimEnd().split(' ')[2] ?? '', 'base64');
    bytes.writeBigUInt64BE(time + 1n, 4);
    expect(codeOf(open(`${signed}— ${first.key.name} ${bytes.toString('base64')}\n`, policyOf(1, [first])))).toBe('tlog.signature_invalid');
  });
});

describe('a policy', () => {
  it('asks_for_as_many_witnesses_as_it_says_and_counts_each_once', async () => {
    expect(codeOf(open(signed, policyOf(0)))).toBe('ok');
    expect(codeOf(open(await cosigned(first), policyOf(2)))).toBe('tlog.quorum_missing');
    expect(codeOf(open(await cosigned(first, first, first), policyOf(2)))).toBe('tlog.quorum_missing');
    expect(codeOf(open(await cosigned(first, third), policyOf(2)))).toBe('ok');
    expect(codeOf(open(await cosigned(first, second), policyOf(3)))).toBe('tlog.quorum_missing');
  });

  it('is_not_met_by_witnesses_alone_nor_by_a_log_of_another_name', async () => {
    const unsigned = `${text}\n${(await cosigned(...witnesses)).slice(signed.length)}`;
    expect(codeOf(open(unsigned, policyOf(3)))).toBe('tlog.key_unknown');
    const stranger = makeSigner('audit.example/t/2');
    const note = await signNote(text, stranger);
    expect(codeOf(open(note, valueOf(parseTrustPolicy(formatTrustPolicy(stranger.key)))))).toBe('tlog.origin_mismatch');
  });

  it('of_two_levels_is_read_as_the_specification_has_it', async () => {
    const [a, b, c] = witnesses.map(({ key }) => formatVerifierKey(key));
    const policy = [
      '# comment',
      `log ${formatVerifierKey(log.key)} https://audit.example/`,
      `\twitness X1 ${String(a)}`,
      `witness X2 ${String(b)} https://w.example/`,
      'group X any X1 X2',
      '',
      `witness Y ${String(c)}`,
      'group both all X Y',
      'quorum both',
      '',
    ].join('\n');
    const parsed = valueOf(parseTrustPolicy(policy));
    expect(codeOf(open(await cosigned(first, second), parsed))).toBe('tlog.quorum_missing');
    expect(codeOf(open(await cosigned(second, third), parsed))).toBe('ok');
  });

  it('that_could_be_read_in_two_ways_or_counts_a_key_twice_is_refused', () => {
    const a = formatVerifierKey(first.key);
    const b = formatVerifierKey(second.key);
    const again = formatVerifierKey(verifierKey('other.example', first.key.publicKey, 'cosignature'));
    const bad = [
      '',
      'quorum none',
      `witness a ${a}\n`,
      `quorum none\nquorum none\n`,
      `quorum a\nwitness a ${a}\n`,
      `witness a ${a}\nwitness a ${b}\nquorum a\n`,
      `witness a ${a}\nwitness b ${again}\nquorum a\n`,
      `witness none ${a}\nquorum none\n`,
      `witness a ${a}\ngroup g 2 a\nquorum g\n`,
      `witness a ${a}\ngroup g 0 a\nquorum g\n`,
      `witness a ${a}\ngroup g 01 a\nquorum g\n`,
      `witness a ${a}\ngroup g all a a\nquorum g\n`,
      `witness a ${a}\ngroup g any a\ngroup h any a\nquorum g\n`,
      `witness a ${a}\ngroup g any\nquorum a\n`,
      `log ${a}\nquorum none\n`,
      `witness a ${formatVerifierKey(log.key)}\nquorum a\n`,
      `quorum none\r\n`,
      `other x\nquorum none\n`,
    ];
    for (const each of bad) expect(codeOf(parseTrustPolicy(each)), each).toBe('tlog.policy_malformed');
  });
});

describe('a tlog-proof', () => {
  const make = async (index = 4, note?: string) =>
    formatTlogProof({
      index: BigInt(index),
      proof: valueOf(proveInclusion(index, leaves)),
      checkpoint: note ?? (await cosigned(first, second)),
    });
  const leaf = leaves[4] ?? leafHash(Buffer.from(''));

  it('shows_the_place_of_an_entry_with_nothing_else_at_hand', async () => {
    const proof = await make();
    expect(proof.startsWith('c2sp.org/tlog-proof@v1\nindex 4\n')).toBe(true);
    expect(valueOf(verifyTlogProof(proof, leaf, policyOf(2)))).toMatchObject({ index: 4n, checkpoint: { origin, size: 11n } });
    const extra = formatTlogProof({ ...valueOf(parseTlogProof(proof)), extra: Buffer.from('aside') });
    expect(extra.split('\n')[1]).toBe('extra YXNpZGU=');
    expect(valueOf(verifyTlogProof(extra, leaf, policyOf(2))).index).toBe(4n);
    expect(Buffer.from(valueOf(parseTlogProof(extra)).extra ?? []).toString()).toBe('aside');
  });

  it('of_another_entry_another_place_or_too_few_witnesses_is_refused', async () => {
    const proof = await make();
    expect(codeOf(verifyTlogProof(proof, leaves[5] ?? leaf, policyOf(2)))).toBe('tlog.root_mismatch');
    expect(codeOf(verifyTlogProof(proof.replace('index 4', 'index 5'), leaf, policyOf(2)))).toBe('tlog.root_mismatch');
    expect(codeOf(verifyTlogProof(proof.replace('index 4', 'index 11'), leaf, policyOf(2)))).toBe('tlog.index_out_of_range');
    expect(codeOf(verifyTlogProof(proof, leaf, policyOf(3)))).toBe('tlog.quorum_missing');
  });

  it('with_any_character_changed_is_refused', async () => {
    const proof = await make();
    for (let at = 0; at < proof.length; at += 1) {
      const broken = proof.slice(0, at) + (proof[at] === '0' ? '1' : '0') + proof.slice(at + 1);
      expect(verifyTlogProof(broken, leaf, policyOf(2)).ok, `character ${String(at)}`).toBe(false);
    }
  });

  it('that_is_written_in_another_way_is_refused_and_nothing_throws', async () => {
    const proof = await make();
    const bad = [
      proof.replace('index 4', 'index 04'),
      proof.replace('index 4', 'index  4'),
      proof.replace('index 4', 'extra !!\nindex 4'),
      proof.replace('index 4', 'extra \nextra \nindex 4'),
      proof.replace('\nindex 4', ''),
      proof.replace('@v1', '@v2'),
      `\n${proof}`,
      proof.replaceAll('\n', '\r\n'),
    ];
    for (const each of bad) expect(codeOf(parseTlogProof(each)), each.slice(0, 60)).toBe('tlog.proof_malformed');
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (junk) => !verifyTlogProof(junk, leaf, policyOf(0)).ok));
  });
});

describe('messages of a witness', () => {
  it('come_back_as_they_were_sent', async () => {
    const note = await cosigned(first);
    const body = formatAddCheckpoint({ oldSize: 7n, proof: leaves.slice(0, 3), checkpoint: note });
    expect(body.startsWith('old 7\n')).toBe(true);
    const parsed = valueOf(parseAddCheckpoint(body));
    expect(parsed).toMatchObject({ oldSize: 7n, checkpoint: note });
    expect(parsed.proof.map((hash) => Buffer.from(hash))).toEqual(leaves.slice(0, 3).map((hash) => Buffer.from(hash)));
    expect(valueOf(parseAddCheckpoint(formatAddCheckpoint({ oldSize: 0n, proof: [], checkpoint: note }))).proof).toEqual([]);
    expect(readNote(Buffer.from(parsed.checkpoint), [log.key]).ok).toBe(true);
  });

  it('that_are_malformed_are_refused', async () => {
    const note = await cosigned(first);
    const good = formatAddCheckpoint({ oldSize: 7n, proof: leaves.slice(0, 1), checkpoint: note });
    const tooMany = formatAddCheckpoint({ oldSize: 7n, proof: leaves, checkpoint: note }).replace(
      '\n\n',
      `\n${`${Buffer.from(leaves[0] ?? []).toString('base64')}\n`.repeat(60)}\n`,
    );
    const bad = ['', '\n\n', good.replace('old 7', 'old 07'), good.replace('old 7', 'new 7'), good.replace('=\n', '\n'), tooMany];
    for (const each of bad) expect(codeOf(parseAddCheckpoint(each)), each.slice(0, 40)).toBe('tlog.request_malformed');
  });

  it('an_answer_counts_by_the_cosignatures_of_known_witnesses_alone', async () => {
    const known = [first.key, third.key];
    const answer = (await Promise.all([first, second, third].map((by) => cosignNote(text, by, time)))).join('');
    const read = valueOf(readCosignatures(answer, text, known));
    expect(read.map(({ key }) => key.name)).toEqual([first.key.name, third.key.name]);
    expect(codeOf(open(signed + read.map(({ line }) => line).join(''), policyOf(2)))).toBe('ok');
    expect(codeOf(readCosignatures(await cosignNote(text, second, time), text, known))).toBe('tlog.key_unknown');
    expect(codeOf(readCosignatures(answer, text.replace('\n11\n', '\n12\n'), known))).toBe('tlog.signature_invalid');
    for (const junk of ['', '\n', 'x', answer.trimEnd()]) expect(codeOf(readCosignatures(junk, text, known))).toBe('tlog.note_malformed');
    // the log's own line is no witness
    expect(codeOf(readCosignatures(signed.slice(text.length + 1), text, [log.key]))).toBe('tlog.key_unknown');
  });

  it('a_size_is_read_strictly', () => {
    expect(valueOf(parseWitnessSize('20852014\n'))).toBe(20_852_014n);
    for (const bad of ['', '1', '01\n', '-1\n', '1\n\n', 'x\n']) expect(codeOf(parseWitnessSize(bad))).toBe('tlog.request_malformed');
  });
});

describe('verifier keys', () => {
  it.each(witnesses)('of each kind come back from their line, and with another type byte they are refused', ({ key }) => {
    const line = formatVerifierKey(key);
    const parsed = valueOf(parseVerifierKey(line));
    expect(parsed).toMatchObject({ name: key.name, id: key.id, kind: key.kind });
    expect(parsed.publicKey.equals(key.publicKey)).toBe(true);
    const [name = '', id = '', encoded = ''] = line.split('+', 2).concat(line.split('+').slice(2).join('+'));
    const bytes = Buffer.from(encoded, 'base64');
    for (const type of [0, 1, 2, 4, 5, 6, 255].filter((byte) => byte !== bytes[0])) {
      bytes[0] = type;
      expect(codeOf(parseVerifierKey(`${name}+${id}+${bytes.toString('base64')}`))).toBe('tlog.key_malformed');
    }
  });
});
