package icr_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// T-AUD-3: no package that handles what is about patients can reach a
// response: only those that ask other servers know net/http at all.
func TestAUD3_ClinicalPackagesCannotAnswer(t *testing.T) {
	ask := []string{"care/partner", "care/partner/source", "care/partner/partnertest", "care/pds", "care/post", "care/audit/witness", "care/launch"}
	found := 0
	for _, root := range []string{"care", "views", "store", "auth/auth.go"} {
		err := fs.WalkDir(os.DirFS("."), root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || slices.Contains(ask, path.Dir(name)) {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			found++
			for _, spec := range f.Imports {
				if strings.Contains(spec.Path.Value, "net/http") || strings.Contains(spec.Path.Value, "labstack") {
					t.Errorf("%s imports %s", name, spec.Path.Value)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if found < 50 {
		t.Errorf("only %d files were looked at", found)
	}
}
