package merkle_test

import (
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"example.org/icr/care/audit/merkle"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func verifier(t *testing.T, s string) *merkle.Verifier {
	t.Helper()
	v, err := merkle.ParseVerifier(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return v
}

// T-AUD-9: the tree of the certificate transparency reference implementation.
func TestAUD9_TreeOfAnotherImplementation(t *testing.T) {
	var tree merkle.Tree
	if got := hex.EncodeToString(rootOf(tree.Root())); got != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Errorf("empty: %s", got)
	}
	for _, test := range [][2]string{
		{"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
		{"00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
		{"10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
		{"2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
		{"3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
		{"40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
		{"5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
		{"606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
	} {
		leaf, err := hex.DecodeString(test[0])
		if err != nil {
			t.Fatal(err)
		}
		tree.Add(tlog.RecordHash(leaf))
		if got := hex.EncodeToString(rootOf(tree.Root())); got != test[1] {
			t.Errorf("after %q: %s", test[0], got)
		}
	}
}

func rootOf(h tlog.Hash) []byte { return h[:] }

// T-AUD-9: a checkpoint that the Go checksum database signed. Its origin is not
// its key's name, as it is older than that rule; its signature is a note's.
func TestAUD9_CheckpointOfTheGoChecksumDatabase(t *testing.T) {
	key := verifier(t, "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8")
	n, err := note.Open(read(t, "sumdb.note"), note.VerifierList(key))
	if err != nil {
		t.Fatal(err)
	}
	c, err := merkle.ParseCheckpoint(n.Text)
	want, treeErr := tlog.ParseTree([]byte(n.Text))
	if err != nil || treeErr != nil || c.Size != want.N || c.Root != want.Hash {
		t.Errorf("%+v, %v, %v", c, err, treeErr)
	}
	if c.Text() != n.Text {
		t.Errorf("it would be written %q", c.Text())
	}
}

// T-AUD-9: a checkpoint that github.com/transparency-dev/formats cosigned.
func TestAUD9_CosignatureOfAnotherImplementation(t *testing.T) {
	keys := strings.Fields(string(read(t, "cosigned.keys")))
	log, witness := verifier(t, keys[0]), verifier(t, keys[1])
	signed := read(t, "cosigned.note")
	c, by, err := merkle.OpenCheckpoint(signed, log, witness)
	if err != nil || c.Size != 20852163 || len(by) != 1 || by[0] != "witness.example.com/w1" {
		t.Errorf("%+v, %v, %v", c, by, err)
	}
	for at := range len(signed) {
		changed := append([]byte{}, signed...)
		changed[at] ^= 1
		if _, by, err := merkle.OpenCheckpoint(changed, log, witness); err == nil && len(by) == 1 {
			t.Errorf("byte %d was changed unnoticed", at)
		}
	}
}

func TestKeysComeBack(t *testing.T) {
	for _, witness := range []bool{false, true} {
		k, err := merkle.GenerateKey("icr.example/trail", witness)
		if err != nil {
			t.Fatal(err)
		}
		again, err := merkle.ParseKey(k.Private() + "\n")
		if err != nil || again.Public() != k.Public() {
			t.Fatalf("%v", err)
		}
		signed, err := again.Sign([]byte("text\n"))
		if err != nil || !verifier(t, k.Public()).Verify([]byte("text\n"), signed) || verifier(t, k.Public()).Verify([]byte("other\n"), signed) {
			t.Errorf("witness %v: %v", witness, err)
		}
		if witness {
			continue
		}
		if s, err := note.NewSigner(k.Private()); err != nil || s.KeyHash() != k.KeyHash() {
			t.Errorf("note reads it otherwise: %v", err)
		}
	}
	for _, bad := range []string{"", "x", "a+b+c", "icr.example/trail+00000000+AQ==", "PRIVATE+KEY+a+00000000+AQ=="} {
		if _, err := merkle.ParseVerifier(bad); err == nil {
			t.Errorf("%q is a public key", bad)
		}
		if _, err := merkle.ParseKey(bad); err == nil {
			t.Errorf("%q is a private key", bad)
		}
	}
	if _, err := merkle.GenerateKey("two words", false); err == nil {
		t.Error("a name with a space")
	}
}

var update = flag.Bool("update", false, "write the published bundle anew")

// The bundle in testdata is published, for whoever writes a verifier of their
// own. What this package writes today is that, byte for byte.
func TestPublishedBundle(t *testing.T) {
	m := newLog(258)
	made := m.bundle(t, m.items)
	if *update {
		for name, f := range made {
			path := "testdata/bundle/" + name
			if err := errors.Join(os.MkdirAll(path[:strings.LastIndex(path, "/")], 0o755), os.WriteFile(path, f.Data, 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		keys := logKey.Public() + "\n" + writerKey.Public() + "\n"
		if err := os.WriteFile("testdata/bundle.keys", []byte(keys), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, f := range made {
		if string(read(t, "bundle/"+name)) != string(f.Data) {
			t.Errorf("%s is written otherwise", name)
		}
	}
	keys := strings.Fields(string(read(t, "bundle.keys")))
	p := merkle.Policy{Key: verifier(t, keys[0]), Writers: []note.Verifier{verifier(t, keys[1])}}
	if report, err := merkle.Verify(os.DirFS("testdata/bundle"), p); err != nil || report.Bodies != 258 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestAddCheckpoint(t *testing.T) {
	m := newLog(300)
	reader := stored(t, m)
	all := append(m.history, m.last())
	for _, from := range append([]merkle.Checkpoint{{Origin: origin, Root: new(merkle.Tree).Root()}}, all...) {
		for _, to := range all {
			var proof tlog.TreeProof
			var err error
			if from.Size > 0 && from.Size < to.Size {
				if proof, err = tlog.ProveTree(to.Size, from.Size, reader); err != nil {
					t.Fatal(err)
				}
			}
			a, err := merkle.ParseAddCheckpoint(merkle.AddCheckpoint{Old: from.Size, Proof: proof, Note: sign(t, to)}.Marshal())
			if err != nil || a.Old != from.Size {
				t.Fatal(err)
			}
			if err := a.Continues(from, to); (err == nil) != (from.Size <= to.Size) {
				t.Errorf("%d to %d: %v", from.Size, to.Size, err)
			}
			from := from
			from.Root[0] ^= 1
			if err := a.Continues(from, to); err == nil && from.Size > 0 {
				t.Errorf("another log of size %d continues to %d", from.Size, to.Size)
			}
		}
	}
	for _, bad := range []string{"", "old 1", "old x\n\n", "old 01\n\n", "old 1\nx\n\n", "old 1\n" + strings.Repeat(m.items[0].Hash.String()+"\n", 64) + "\n"} {
		if _, err := merkle.ParseAddCheckpoint([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func stored(t *testing.T, m *made) tlog.HashReader {
	t.Helper()
	var hashes []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			out[i] = hashes[index]
		}
		return out, nil
	})
	for i, item := range m.items {
		more, err := tlog.StoredHashesForRecordHash(int64(i), item.Hash, reader)
		if err != nil {
			t.Fatal(err)
		}
		hashes = append(hashes, more...)
	}
	return reader
}
