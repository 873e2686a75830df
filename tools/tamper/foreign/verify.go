// Verifies an exported audit log with the code behind the Go checksum database, and with nothing of Aegis:
// golang.org/x/mod/sumdb/note opens the signed checkpoint, golang.org/x/mod/sumdb/tlog checks tiles, inclusion and consistency.
//
//	go run verify.go FOLDER [OLDER_CHECKPOINT]
//
// The root and every tile are made again from the entries, and each entry is compared with the tile that says its hash. TileHashReader alone would
// not do: up to x/mod 0.7.0 at least it leaves full tiles unauthenticated when several of the largest subtrees share one tile.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8 // C2SP tlog-tiles: tiles of 256 hashes

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: verify FOLDER [OLDER_CHECKPOINT]")
		os.Exit(2)
	}
	folder := os.Args[1]
	tree, err := openCheckpoint(folder, filepath.Join(folder, "checkpoint"))
	if err == nil {
		err = verify(folder, tree)
	}
	if err == nil && len(os.Args) > 2 {
		err = verifyGrowth(folder, tree, os.Args[2])
	}
	if err != nil {
		fmt.Println("FAILED", err)
		os.Exit(1)
	}
	fmt.Printf("OK %d entries, root %s\n", tree.N, tree.Hash)
}

func openCheckpoint(folder, path string) (tlog.Tree, error) {
	vkey, err := os.ReadFile(filepath.Join(folder, "log.vkey"))
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		return tlog.Tree{}, err
	}
	message, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(message, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("checkpoint of another log or form: %q", lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tlog.Tree{}, fmt.Errorf("root is no hash")
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	return tree, nil
}

// verify authenticates the tiles of each stretch of 256 leaves against the root and hashes its entries again.
func verify(folder string, tree tlog.Tree) error {
	hashes := tlog.TileHashReader(tree, tiles{folder})
	var stored storage
	for first := int64(0); first < tree.N; first += 1 << height {
		width := tree.N - first
		if width > 1<<height {
			width = 1 << height
		}
		indexes := make([]int64, width)
		for at := range indexes {
			indexes[at] = tlog.StoredHashIndex(0, first+int64(at))
		}
		authentic, err := hashes.ReadHashes(indexes)
		if err != nil {
			return fmt.Errorf("tiles of entries %d to %d: %w", first, first+width-1, err)
		}
		entries, err := readEntries(folder, first>>height, int(width))
		if err != nil {
			return fmt.Errorf("entries %d to %d: %w", first, first+width-1, err)
		}
		for at, entry := range entries {
			made, err := tlog.StoredHashes(first+int64(at), entry, stored)
			if err != nil {
				return err
			}
			stored = append(stored, made...)
			if tlog.RecordHash(entry) != authentic[at] {
				return fmt.Errorf("entry %d is not the one in the tree", first+int64(at))
			}
		}
	}
	if tree.N == 0 {
		return nil
	}
	root, err := tlog.TreeHash(tree.N, stored)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return fmt.Errorf("the entries lead to another root than the signed one")
	}
	if err := compareTiles(folder, tree, stored); err != nil {
		return err
	}
	last := tree.N - 1
	proof, err := tlog.ProveRecord(tree.N, last, hashes)
	if err != nil {
		return err
	}
	leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, last)})
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, last, leaf[0])
}

// compareTiles makes every tile that a tree of this size has out of the entries, level by level, and compares its bytes with the file.
// A reader of proofs looks at few of them; whoever takes the log over, as a mirror or a witness, relies on all.
func compareTiles(folder string, tree tlog.Tree, stored storage) error {
	for _, tile := range tilesOf(tree.N) {
		made, err := tlog.ReadTileData(tile, stored)
		if err != nil {
			return err
		}
		found, err := tiles{folder}.ReadTiles([]tlog.Tile{tile})
		if err != nil {
			return err
		}
		if !bytes.Equal(made, found[0]) {
			return fmt.Errorf("tile %d of level %d is not what the entries make", tile.N, tile.L)
		}
	}
	return nil
}

// tilesOf lists the tiles of a tree: the full ones of each level, and the partial one at its end.
func tilesOf(size int64) []tlog.Tile {
	var all []tlog.Tile
	for level := 0; size > 0; level++ {
		for first := int64(0); first < size; first += 1 << height {
			width := size - first
			if width > 1<<height {
				width = 1 << height
			}
			all = append(all, tlog.Tile{H: height, L: level, N: first >> height, W: int(width)})
		}
		size >>= height
	}
	return all
}

func verifyGrowth(folder string, tree tlog.Tree, olderPath string) error {
	older, err := openCheckpoint(folder, olderPath)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(tree.N, older.N, tlog.TileHashReader(tree, tiles{folder}))
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash); err != nil {
		return fmt.Errorf("the log does not extend the older checkpoint of %d entries: %w", older.N, err)
	}
	return nil
}

func readEntries(folder string, bundle int64, width int) ([][]byte, error) {
	path := tlog.Tile{H: height, L: -1, N: bundle, W: width}.Path()
	data, err := os.ReadFile(filepath.Join(folder, strings.Replace(path, "tile/8/data/", "tile/entries/", 1)))
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for len(data) >= 2 {
		length := int(binary.BigEndian.Uint16(data))
		if len(data) < 2+length {
			break
		}
		entries = append(entries, data[2:2+length])
		data = data[2+length:]
	}
	if len(entries) != width || len(data) != 0 {
		return nil, fmt.Errorf("%d whole entries instead of %d", len(entries), width)
	}
	return entries, nil
}

// storage holds the hashes of the tree that is made from the entries alone.
type storage []tlog.Hash

func (s storage) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for at, index := range indexes {
		found[at] = s[index]
	}
	return found, nil
}

type tiles struct{ folder string }

func (t tiles) Height() int { return height }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		data, err := os.ReadFile(filepath.Join(t.folder, strings.Replace(tile.Path(), "tile/8/", "tile/", 1)))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
