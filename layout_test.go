// Package icr_test keeps the module in the shape that its design describes.
package icr_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "example.org/icr/"

// mayImport says what each package may import of this module.
var mayImport = map[string]string{
	"care/nhs":                 "",
	"care/launch":              "auth auth/keyset auth/signin care/fhir care/nhs care/record",
	"care/record":              "care/nhs",
	"care/objection":           "care/nhs",
	"care/fhir":                "care/access care/audit care/nhs care/objection care/record",
	"auth":                     "care/nhs",
	"auth/caller":              "auth auth/keyset care/nhs",
	"auth/keyset":              "",
	"auth/signin":              "auth auth/keyset care/nhs",
	"care/access":              "auth care/nhs care/record",
	"care/audit":               "auth care/access care/nhs care/record",
	"care/audit/merkle":        "",
	"care/audit/witness":       "care/audit/merkle",
	"care/notice":              "",
	"care/objection/draft":     "care/nhs care/objection",
	"care/rights":              "care/nhs care/objection",
	"care/partner":             "auth care/access care/audit care/nhs care/objection care/record care/safety",
	"care/partner/source":      "care/access care/fhir care/nhs care/partner care/record",
	"care/partner/partnertest": "care/nhs care/partner care/record",
	"care/pds":                 "care/audit care/fhir care/nhs care/record",
	"care/post":                "care/objection care/privacy care/safety",
	"care/privacy":             "auth care/access care/audit care/nhs care/record",
	"care/safety":              "auth care/access care/audit care/nhs care/objection care/record",
	"care/viewing":             "auth care/access care/audit care/nhs care/partner care/pds care/record",
	"migrations":               "",
	"static":                   "",
	"store":                    "auth auth/signin care/access care/audit care/audit/merkle care/nhs care/objection care/privacy care/record care/rights care/safety migrations",
	"store/storetest":          "demo/postgres store",
	"views":                    "auth care/access care/audit care/nhs care/notice care/objection care/objection/draft care/privacy care/record care/rights care/safety static views/chart views/ui",
	"views/chart":              "views/ui",
	"views/ui":                 "",
	"web":                      "auth auth/signin care/access care/audit care/fhir care/launch care/nhs care/notice care/objection care/objection/draft care/pds care/privacy care/record care/rights care/safety care/viewing static views",
	"web/fhirapi":              "auth auth/caller care/audit care/fhir care/nhs care/objection",
	"cmd/icr":                  "auth auth/caller auth/keyset auth/signin care/access care/audit care/audit/merkle care/audit/witness care/fhir care/launch care/nhs care/notice care/objection care/partner care/partner/source care/pds care/post care/privacy care/record care/safety care/viewing static store views web web/fhirapi",
	"cmd/icr-audit":            "care/audit/merkle",
	"cmd/icr-demo":             "demo demo/home",
	"demo":                     "care/audit/merkle care/nhs care/record demo/*",
	"demo/child":               "",
	"demo/ehr":                 "",
	"demo/fhirserver":          "care/nhs demo/town demo/town/*",
	"demo/home":                "",
	"demo/postgres":            "demo/child demo/home",
	"demo/provider":            "",
	"demo/spine":               "care/nhs demo/town demo/town/*",
	"demo/town":                "care/nhs demo/town/*",
	"demo/town/bundles":        "care/nhs demo/town demo/town/*",
	"demo/town/resident":       "care/nhs demo/town/resource",
	"demo/town/resource":       "care/nhs",
	"demo/town/stories":        "care/nhs demo/town/*",
}

// onlyIn says which packages alone may import one of ours: what makes the flow
// the only way.
var onlyIn = map[string]string{
	"care/partner":        "care/viewing care/partner/source care/partner/partnertest cmd/icr",
	"care/partner/source": "cmd/icr",
	"store":               "cmd/icr store/storetest",
	"care/pds":            "care/viewing web cmd/icr",
	"demo/postgres":       "demo store/storetest",
}

// home says where each outside library may be imported.
var home = map[string]string{
	"github.com/labstack/echo":       "web",
	"github.com/a-h/templ":           "views views/ui web",
	"github.com/jackc/pgx":           "store store/storetest demo demo/postgres",
	"github.com/pressly/goose":       "store",
	"github.com/coreos/go-oidc":      "auth/signin",
	"golang.org/x/oauth2":            "auth/signin",
	"github.com/go-jose/":            "auth/keyset auth/signin care/launch care/partner/source demo/ehr demo/provider",
	"github.com/gorilla/":            "auth/signin",
	"github.com/go-json-experiment/": "care/fhir care/audit store",
	"github.com/google/uuid":         "care/rights care/audit care/objection care/privacy care/safety store web web/fhirapi",
	"github.com/dchest/siphash":      "care/audit",
	"github.com/sony/gobreaker":      "care/partner",
	"github.com/prometheus/":         "cmd/icr",
	"github.com/klauspost/compress":  "care/partner/partnertest care/partner/source demo/fhirserver web",
	"go.yaml.in/yaml":                "cmd/icr demo",
	"golang.org/x/net":               "care/fhir",
	"golang.org/x/mod":               "care/audit/merkle care/audit/witness cmd/icr-audit store",
	"golang.org/x/sync":              "care/partner/source",
	"golang.org/x/time":              "web",
	"golang.org/x/sys":               "demo/child demo/postgres",
	"testing":                        "store/storetest care/partner/partnertest",
}

func TestLayout(t *testing.T) {
	documented := map[string]bool{}
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{"node_modules", "tools", ".git", ".demo", "bin"}, name) {
			return fs.SkipDir
		}
		pkg := path.Dir(name)
		if pkg == "." || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		documented[pkg] = documented[pkg] || f.Doc != nil
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			check(t, name, pkg, imported)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range documented {
		if _, ok := mayImport[pkg]; !ok {
			t.Errorf("%s has no place in the layout", pkg)
		}
	}
	for pkg := range mayImport {
		if !documented[pkg] {
			t.Errorf("%s has no package comment, or does not exist", pkg)
		}
	}
}

func check(t *testing.T, name, pkg, imported string) {
	if ours, ok := strings.CutPrefix(imported, module); ok {
		if !listed(mayImport[pkg], ours) {
			t.Errorf("%s: %s must not import %s", name, pkg, ours)
		}
		if only, ok := onlyIn[ours]; ok && !listed(only, pkg) {
			t.Errorf("%s: only %s may import %s", name, only, ours)
		}
		return
	}
	known := !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") && imported != "testing"
	for library, homes := range home {
		if imported == library || strings.HasPrefix(imported, strings.TrimSuffix(library, "/")+"/") {
			known = true
			if !listed(homes, pkg) {
				t.Errorf("%s: %s must not import %s", name, pkg, imported)
			}
		}
	}
	if !known {
		t.Errorf("%s: %s has no home in the layout", name, imported)
	}
}

// listed reports whether pkg is in a list of packages, where /* ends the name
// of all packages below.
func listed(list, pkg string) bool {
	return slices.ContainsFunc(strings.Fields(list), func(item string) bool {
		below, ok := strings.CutSuffix(item, "*")
		return item == pkg || ok && strings.HasPrefix(pkg, below)
	})
}
