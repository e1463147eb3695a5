// Checks a read log with the Go project's own libraries and nothing of ours:
// golang.org/x/mod/sumdb/note for the signatures, sumdb/tlog for the tree.
//
//	tlog note VKEY FILE           the checkpoint is signed
//	tlog log VKEY DIR             every record is in the tree that was signed
//	tlog record VKEY DIR FILE     a tlog-proof proves a record of the log
//	tlog growth VKEY OLD FILE     a consistency proof from the checkpoint OLD
//	tlog sign SKEY                signs the text on stdin
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	check(err)
	return data
}

// checkpoint is a signed note whose text is that of C2SP tlog-checkpoint.
func checkpoint(vkey string, data []byte) tlog.Tree {
	verifier, err := note.NewVerifier(vkey)
	check(err)
	opened, err := note.Open(data, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != verifier.Name() {
		check(fmt.Errorf("not a checkpoint: %q", opened.Text))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	return tlog.Tree{N: size, Hash: root}
}

// tiles reads the hashes that the library asks for. Its paths are those of
// the standard, but for the height in front.
type tiles struct{ dir string }

func (t tiles) Height() int                        { return 8 }
func (t tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		path := strings.TrimPrefix(tile.Path(), "tile/8/")
		data, err := os.ReadFile(filepath.Join(t.dir, "tile", path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func bundle(dir string, n, size int64) [][]byte {
	tile := tlog.Tile{H: 8, L: 0, N: n, W: 256}
	if size-n*256 < 256 {
		tile.W = int(size - n*256)
	}
	path := strings.TrimPrefix(tile.Path(), "tile/8/0/")
	data := read(filepath.Join(dir, "tile/entries", path))
	var leaves [][]byte
	for len(data) > 0 {
		length := int(binary.BigEndian.Uint16(data))
		leaves = append(leaves, data[2:2+length])
		data = data[2+length:]
	}
	if len(leaves) != tile.W {
		check(fmt.Errorf("%s: %d records", path, len(leaves)))
	}
	return leaves
}

func log(vkey, dir string) {
	tree := checkpoint(vkey, read(filepath.Join(dir, "checkpoint")))
	reader := tlog.TileHashReader(tree, tiles{dir})
	for n := int64(0); n*256 < tree.N; n++ {
		var indexes []int64
		leaves := bundle(dir, n, tree.N)
		for i := range leaves {
			indexes = append(indexes, tlog.StoredHashIndex(0, n*256+int64(i)))
		}
		hashes, err := reader.ReadHashes(indexes)
		check(err)
		for i, leaf := range leaves {
			if tlog.RecordHash(leaf) != hashes[i] {
				check(fmt.Errorf("record %d", n*256+int64(i)))
			}
		}
		index := n*256 + int64(len(leaves)) - 1
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		check(err)
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, index,
			hashes[len(hashes)-1]))
	}
	fmt.Printf("%d records\n", tree.N)
}

// proof takes a text apart: lines, hashes, and the checkpoint behind them.
func proof(data []byte) (head []string, hashes []tlog.Hash, rest []byte) {
	end := bytes.Index(data, []byte("\n\n"))
	if end < 0 {
		check(fmt.Errorf("not a proof"))
	}
	for _, line := range strings.Split(string(data[:end]), "\n") {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			head = append(head, line)
			continue
		}
		hashes = append(hashes, hash)
	}
	return head, hashes, data[end+2:]
}

func record(vkey, dir, path string) {
	head, hashes, rest := proof(read(path))
	if len(head) != 2 || head[0] != "c2sp.org/tlog-proof@v1" {
		check(fmt.Errorf("not a tlog-proof: %q", head))
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(head[1], "index "), 10, 64)
	check(err)
	tree := checkpoint(vkey, rest)
	leaf := bundle(dir, index/256, tree.N)[index%256]
	check(tlog.CheckRecord(hashes, tree.N, tree.Hash, index,
		tlog.RecordHash(leaf)))
}

func growth(vkey, old, path string) {
	head, hashes, rest := proof(read(path))
	before := checkpoint(vkey, read(old))
	if len(head) != 1 || head[0] != fmt.Sprintf("old %d", before.N) {
		check(fmt.Errorf("not from %d: %q", before.N, head))
	}
	now := checkpoint(vkey, rest)
	check(tlog.CheckTree(hashes, now.N, now.Hash, before.N, before.Hash))
}

func sign(skey string) {
	signer, err := note.NewSigner(skey)
	check(err)
	text, err := io.ReadAll(os.Stdin)
	check(err)
	signed, err := note.Sign(&note.Note{Text: string(text)}, signer)
	check(err)
	os.Stdout.Write(signed)
}

func main() {
	args := append(os.Args[1:], "", "", "", "")
	switch args[0] {
	case "note":
		tree := checkpoint(args[1], read(args[2]))
		fmt.Println(tree.N, base64.StdEncoding.EncodeToString(tree.Hash[:]))
	case "log":
		log(args[1], args[2])
	case "record":
		record(args[1], args[2], args[3])
	case "growth":
		growth(args[1], args[2], args[3])
	case "sign":
		sign(args[1])
	default:
		check(fmt.Errorf("no such check: %q", args[0]))
	}
}
