#!/usr/bin/env python3
"""Verifies an audit log that was exported from Aegis. One file, Python 3.8 or newer, standard library only, no network.

    python3 verify_audit.py FOLDER_OR_TAR [--key NAME+ID+BASE64] [--since OLDER_CHECKPOINT]

Exit code 0: every entry is one that the key signed for. 1: something is wrong; each line names the sequence number at fault.
2: usage. What is read: C2SP tlog-tiles, signed-note, tlog-checkpoint, tlog-proof; RFC 6962 hashing; RFC 8032 Ed25519.

--key    the log's key from elsewhere; without it the key in the bundle is used, which nobody vouched for
--since  a checkpoint that you kept: shows that nothing before it was rewritten, dropped or replaced
"""
import argparse
import base64
import hashlib
import json
import os
import re
import sys
import tarfile

TILE = 256  # hashes in a tile, entries in a bundle
FAULTS_MAX = 20


class Fault(Exception):
    """What leaves nothing to check."""


# --- RFC 6962 ------------------------------------------------------------------------------------------------------------


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(entry):
    return sha256(b"\x00" + entry)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def tree_root(hashes):
    """Root over a list of hashes, each a leaf or a complete subtree of one size (the last may be smaller)."""
    if not hashes:
        return sha256(b"")
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return node_hash(tree_root(hashes[:half]), tree_root(hashes[half:]))


class Tree:
    """Takes leaf hashes in order; knows its root, and every tile as it becomes full."""

    def __init__(self, copied=None):
        self.size = copied.size if copied else 0
        self.levels = [list(level) for level in copied.levels] if copied else []

    def push(self, leaf):
        full, level, value = [], 0, leaf
        self.size += 1
        while True:
            if level == len(self.levels):
                self.levels.append([])
            row = self.levels[level]
            row.append(value)
            if len(row) < TILE:
                return full
            full.append((level, list(row)))
            value = tree_root(row)
            row.clear()
            level += 1

    def root(self):
        rest = None
        for row in self.levels:
            if row:
                rest = tree_root(row + ([rest] if rest is not None else []))
        return sha256(b"") if rest is None else rest


def inclusion_root(index, size, leaf, proof):
    """The root that a proof leads to, or None when it has the wrong length. RFC 9162, 2.1.3.2."""
    if index >= size:
        return None
    node, last, value = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if node & 1 or node == last:
            value = node_hash(sibling, value)
            while not node & 1:
                node >>= 1
                last >>= 1
        else:
            value = node_hash(value, sibling)
        node >>= 1
        last >>= 1
    return value if last == 0 else None


# --- RFC 8032: Ed25519, verification alone. Slow, and needed for a handful of signatures. ---------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def point_add(a, b):
    """Extended coordinates."""
    s = (a[1] - a[0]) * (b[1] - b[0]) % P
    t = (a[1] + a[0]) * (b[1] + b[0]) % P
    u = 2 * a[3] * b[3] * D % P
    v = 2 * a[2] * b[2] % P
    e, f, g, h = t - s, v - u, v + u, t + s
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def point_multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar > 0:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result


def decode_point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P != 0:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P != 0 or (x == 0 and sign == 1):
        return None
    if x & 1 != sign:
        x = P - x
    return (x, y, 1, x * y % P)


BASE = decode_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def encode_point(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | ((x & 1) << 255)).to_bytes(32, "little")


def ed25519_verify(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    a = decode_point(public)
    s = int.from_bytes(signature[32:], "little")
    if a is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    minus_a = (P - a[0], a[1], a[2], P - a[3])
    return encode_point(point_add(point_multiply(s, BASE), point_multiply(k, minus_a))) == signature[:32]


# --- C2SP signed-note, tlog-checkpoint, tlog-proof --------------------------------------------------------------------------


def decode_base64(text):
    """One form for each value, or None."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return data if base64.b64encode(data).decode() == text else None


class Key:
    def __init__(self, line):
        match = re.fullmatch(r"([^+\s]+)\+([0-9a-f]{8})\+(\S+)", line)
        data = decode_base64(match.group(3)) if match else None
        if data is None or len(data) != 33 or data[0] != 1:
            raise Fault("bundle.key_malformed")
        self.name, self.line, self.public = match.group(1), line, data[1:]
        self.id = sha256(self.name.encode() + b"\n" + data)[:4]
        if self.id.hex() != match.group(2):
            raise Fault("bundle.key_malformed")


def open_checkpoint(note, key):
    """Size and root that the key signed for."""
    try:
        content = note.decode("utf-8")
    except UnicodeDecodeError:
        raise Fault("bundle.checkpoint_malformed")
    cut = content.rfind("\n\n")
    lines = content[cut + 2 :].split("\n")
    if cut < 0 or len(lines) < 2 or lines.pop() != "" or re.search(r"[\x00-\x09\x0b-\x1f]", content):
        raise Fault("bundle.checkpoint_malformed")
    text, signed = content[: cut + 1], 0
    for line in lines:
        match = re.fullmatch(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})", line)
        data = decode_base64(match.group(2)) if match else None
        if data is None or len(data) <= 4:
            raise Fault("bundle.checkpoint_malformed")
        if match.group(1) == key.name and data[:4] == key.id:
            if not ed25519_verify(key.public, text.encode(), data[4:]):
                raise Fault("bundle.signature_invalid")
            signed += 1
    if signed == 0:
        raise Fault("bundle.other_log")
    match = re.fullmatch(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([^\n]+)\n", text)
    root = decode_base64(match.group(3)) if match else None
    if root is None or len(root) != 32:
        raise Fault("bundle.checkpoint_malformed")
    if match.group(1) != key.name:
        raise Fault("bundle.other_log")
    return int(match.group(2)), root


# --- The bundle: a folder or a tar -----------------------------------------------------------------------------------------


class Bundle:
    def __init__(self, place):
        self.place, self.tar = place, None
        if os.path.isdir(place):
            self.names = {
                os.path.relpath(os.path.join(folder, name), place).replace(os.sep, "/")
                for folder, _, names in os.walk(place)
                for name in names
            }
        else:
            self.tar = tarfile.open(place, "r:")
            members = [member for member in self.tar.getmembers() if member.isfile()]
            self.members = {member.name: member for member in members}
            self.names = set(self.members)

    def open(self, path):
        if path not in self.names:
            return None
        return self.tar.extractfile(self.members[path]) if self.tar else open(os.path.join(self.place, path), "rb")

    def read(self, path):
        file = self.open(path)
        if file is None:
            return None
        with file:
            return file.read()


def tile_path(level, index, width):
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return f"tile/{level}/{name}" + ("" if width == TILE else f".p/{width}")


def split_entries(data):
    """As many as can be read: a bundle that was cut still shows where."""
    entries, at = [], 0
    while at + 2 <= len(data) and len(entries) <= TILE:
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if end > len(data):
            break
        entries.append(data[at + 2 : end])
        at = end
    return entries


# --- The check -------------------------------------------------------------------------------------------------------------


class Check:
    def __init__(self, bundle, key_line, since):
        self.bundle, self.faults = bundle, []
        found = bundle.read("log.vkey")
        found = None if found is None else re.sub(r"\n\Z", "", found.decode("utf-8", "replace"))
        if key_line is None and found is None:
            raise Fault("bundle.key_missing")
        self.key = Key(key_line if key_line is not None else found)
        if found is not None and found != self.key.line:
            raise Fault("bundle.key_mismatch")
        self.note = bundle.read("checkpoint")
        if self.note is None:
            raise Fault("bundle.checkpoint_missing")
        self.size, self.root = open_checkpoint(self.note, self.key)
        self.since = None
        if since is not None:
            self.since = open_checkpoint(since, self.key)
            if self.since[0] > self.size:
                self.fault("bundle.rolled_back", self.size, "an older checkpoint has %d entries" % self.since[0])
            elif self.since[0] == self.size and self.since[1] != self.root:
                self.fault("bundle.split_view", None, "two signed heads of one size")
        described = bundle.read("export.json")
        self.about = {} if described is None else json.loads(described.decode("utf-8"))
        self.filtered = self.about.get("kind") == "filtered"
        if described is not None and (self.about.get("origin"), self.about.get("size")) != (self.key.name, self.size):
            self.fault("bundle.note_mismatch", None, "export.json tells of another log or size")

    def fault(self, code, index, detail=""):
        if len(self.faults) < FAULTS_MAX:
            self.faults.append((code, index, detail))

    def run(self):
        rows = self.rows() if self.filtered else None
        self.matched, self.differences, self.upper, self.old_roots = 0, [], [], []
        self.by_tiles, self.by_entries = Tree(), None
        row = next(rows, None) if rows is not None else None
        for first in range(0, self.size, TILE):
            width = min(TILE, self.size - first)
            hashes = self.lowest_tile(first, width)
            entries = None if self.filtered else self.entries(first, width)
            if hashes is None:
                hashes = None if entries is None else [leaf_hash(entry) for entry in entries]
            if hashes is None or len(hashes) != width:
                return  # the fault has been told, and nothing more can be
            if entries is not None:
                self.compare(first, entries, hashes)
            while row is not None and row[0] < first + width:
                row = self.check_row(row, first, hashes, rows)
            self.push(hashes, entries)
        if row is not None:
            self.fault("bundle.entry_added", row[0], "views/events.jsonl")
        if self.filtered and self.matched != self.about.get("matched"):
            self.fault("bundle.note_mismatch", None, "export.json tells of %s rows, there are %d" % (self.about.get("matched"), self.matched))
        self.judge()
        self.proofs()

    def lowest_tile(self, first, width):
        path = tile_path(0, first // TILE, width)
        data = self.bundle.read(path)
        if data is None or len(data) != width * 32:
            self.fault("bundle.file_missing" if data is None else "bundle.tile_malformed", first, path)
            return None
        return [data[at : at + 32] for at in range(0, len(data), 32)]

    def entries(self, first, width):
        path = tile_path("entries", first // TILE, width)
        data = self.bundle.read(path)
        if data is None:
            self.fault("bundle.file_missing", first, path)
            return None
        return split_entries(data)

    def compare(self, first, entries, hashes):
        made = [leaf_hash(entry) for entry in entries]
        for at in range(max(len(made), len(hashes))):
            if at < len(made) and at < len(hashes) and made[at] == hashes[at]:
                continue
            if len(made) != len(hashes):
                code = "bundle.entry_missing" if len(made) < len(hashes) else "bundle.entry_added"
                self.differences.append((code, first + at, ""))
                break
            home = hashes.index(made[at]) if made[at] in hashes else -1
            code = "bundle.entry_altered" if home < 0 else "bundle.entry_misplaced"
            self.differences.append((code, first + at, "" if home < 0 else "it is entry %d" % (first + home)))
        if self.differences and self.by_entries is None:
            self.by_entries = Tree(self.by_tiles)

    def push(self, hashes, entries):
        for at, value in enumerate(hashes):
            own = leaf_hash(entries[at]) if self.by_entries and entries and at < len(entries) else value
            if self.by_entries:
                self.by_entries.push(own)
            for level, row in self.by_tiles.push(value):
                if level > 0:
                    self.compare_tile(level, self.by_tiles.size // TILE ** (level + 1) - 1, row)
            if self.since and self.by_tiles.size == self.since[0]:
                self.old_roots = [self.by_tiles.root(), self.by_entries.root() if self.by_entries else None]

    def compare_tile(self, level, index, row):
        path, below = tile_path(level, index, len(row)), TILE**level
        data, first = self.bundle.read(path), index * TILE * below
        if data is None:
            self.fault("bundle.file_missing", first, path)
        elif len(data) != len(row) * 32:
            self.fault("bundle.tile_malformed", first, path)
        else:
            wrong = next((at for at, value in enumerate(row) if data[at * 32 : at * 32 + 32] != value), None)
            if wrong is not None:
                self.upper.append(("bundle.tile_altered", first + wrong * below, path))

    def judge(self):
        """Which of two that disagree is at fault, the signature decides: the side that leads to the signed root is right."""
        for level, row in enumerate(self.by_tiles.levels):
            if level > 0 and row:
                self.compare_tile(level, self.by_tiles.size // TILE ** (level + 1), row)
        old_root = self.old_roots[0] if self.old_roots else None
        if self.by_tiles.root() == self.root:
            found = self.differences + self.upper
        elif self.by_entries and self.by_entries.root() == self.root:
            found = [("bundle.tile_altered", index, "tile/0") for _, index, _ in self.differences]
            old_root = self.old_roots[1] or old_root if self.old_roots else None
        else:
            narrow = self.upper[0][1:] if self.upper and not self.differences else (None, "the entries do not lead to the signed root")
            found = self.differences + [("bundle.root_mismatch",) + narrow]
        for code, index, detail in found:
            self.fault(code, index, detail)
        if self.since and 0 < self.since[0] < self.size and old_root not in (None, self.since[1]):
            self.fault("bundle.forked", 0, "the first %d entries are not those of the older checkpoint" % self.since[0])

    def rows(self):
        """Index and bytes of each row of a filtered export."""
        lines, indexes = self.bundle.open("views/events.jsonl"), self.bundle.open("views/events.index")
        if lines is None or indexes is None:
            raise Fault("bundle.file_missing")
        with lines, indexes:
            for line in lines:
                digits = indexes.readline().strip()
                yield int(digits) if digits.isdigit() else -1, line.rstrip(b"\n")

    def check_row(self, row, first, hashes, rows):
        index, entry = row
        if index < first or index <= getattr(self, "last_row", -1):
            self.fault("bundle.entry_misplaced", index, "views/events.jsonl")
            return None
        if leaf_hash(entry) != hashes[index - first]:
            self.fault("bundle.entry_altered", index, "views/events.jsonl")
        self.last_row, self.matched = index, self.matched + 1
        return next(rows, None)

    def proofs(self):
        self.proved = 0
        for name in sorted(self.bundle.names):
            match = re.fullmatch(r"proofs/(0|[1-9][0-9]{0,15})\.tlog-proof", name)
            if match:
                self.proved += 1
                if not self.proof_holds(name, int(match.group(1))):
                    self.fault("bundle.proof_invalid", int(match.group(1)), name)

    def proof_holds(self, name, index):
        head, _, note = self.bundle.read(name).partition(b"\n\n")
        lines = head.decode("utf-8", "replace").split("\n")
        if lines[0] != "c2sp.org/tlog-proof@v1" or note != self.note or index >= self.size:
            return False
        lines = [line for line in lines[1:] if not line.startswith("extra ")]
        proof = [decode_base64(line) for line in lines[1:]]
        if not lines or lines[0] != "index %d" % index or any(value is None or len(value) != 32 for value in proof):
            return False
        first, width = index // TILE * TILE, min(TILE, self.size - index // TILE * TILE)
        hashes = self.lowest_tile(first, width)
        entries = None if self.filtered else self.entries(first, width)
        leaf = leaf_hash(entries[index - first]) if entries and index - first < len(entries) else hashes and hashes[index - first]
        return bool(leaf) and inclusion_root(index, self.size, leaf, proof) == self.root


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle")
    parser.add_argument("--key", help="the log's key, from elsewhere")
    parser.add_argument("--since", help="file with a checkpoint that you kept")
    arguments = parser.parse_args()
    try:
        bundle = Bundle(arguments.bundle)
        since = None
        if arguments.since is not None:
            with open(arguments.since, "rb") as file:
                since = file.read()
    except (OSError, tarfile.TarError) as error:
        print(f"verify_audit: {error}", file=sys.stderr)
        return 2
    try:
        check = Check(bundle, arguments.key, since)
        check.run()
    except Fault as fault:
        print(f"FAILED  {fault}")
        return 1
    except (ValueError, tarfile.TarError) as error:
        print(f"FAILED  bundle.note_malformed: {error}")
        return 1
    for code, index, detail in check.faults:
        print(f"FAILED  {code}" + ("" if index is None else f" at sequence number {index}") + (f" ({detail})" if detail else ""))
    if check.faults:
        return 1
    print(f"OK  {check.key.name}: {check.size} entries, root {check.root.hex()}")
    print(f"    {check.matched} rows of a filtered export, each in the log" if check.filtered else "    whole log: nothing is missing, added, moved or changed")
    print(f"    proofs {check.proved}; " + (f"extends the checkpoint of {check.since[0]} entries" if check.since else "no older checkpoint was given: --since"))
    if arguments.key is None:
        print("    the key came with the bundle: compare it with one from elsewhere: " + check.key.line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
