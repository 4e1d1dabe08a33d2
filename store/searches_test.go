package store_test

import (
	"errors"
	"testing"

	"example.org/icr/auth"
)

func TestOnlyTheLatestFormsAreKept(t *testing.T) {
	w := newWorld(t)
	var refs []string
	for range 4 {
		ref, err := w.KeepLatest(t.Context(), "https://id", "nurse", "form", "typed", 3)
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, ref)
	}
	other, err := w.KeepLatest(t.Context(), "https://id", "other", "form", "typed", 3)
	if err != nil {
		t.Fatal(err)
	}
	find := func(subject, ref string) error {
		var v string
		return w.Search(t.Context(), "https://id", subject, "form", ref, &v)
	}
	if err := find("nurse", refs[0]); !errors.Is(err, auth.ErrNoRef) {
		t.Errorf("the first is still there: %v", err)
	}
	for _, err := range []error{find("nurse", refs[1]), find("nurse", refs[3]), find("other", other)} {
		if err != nil {
			t.Error(err)
		}
	}
}
