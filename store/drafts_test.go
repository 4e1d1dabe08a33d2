package store_test

import (
	"errors"
	"testing"

	"example.org/icr/auth"
)

func TestP9_DraftsAreSealedAndLapse(t *testing.T) {
	w := newWorld(t)
	id, err := w.NewDraft(t.Context(), "Unmistakable")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.KeepDraft(t.Context(), id, "Unmistakable Canary"); err != nil {
		t.Fatal(err)
	}
	read := func(id string) (v string, err error) { return v, w.Draft(t.Context(), id, &v) }
	if v, err := read(id); v != "Unmistakable Canary" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	n, err := raw[int](t, w.db.Super, `SELECT count(*) FROM drafts
		WHERE position('Unmistakable'::bytea IN sealed) > 0 OR position('`+id+`'::bytea IN hash || sealed) > 0`)
	if err != nil || n != 0 {
		t.Errorf("%d rows tell what is typed, or by which id it is found: %v", n, err)
	}
	for _, other := range []string{"", "A", "AAAAAAAAAAAAAAAAAAAAAAAAAA", id + id} {
		if _, err := read(other); !errors.Is(err, auth.ErrNoRef) {
			t.Errorf("%q: %v", other, err)
		}
	}
	exec(t, w.db.Super, `UPDATE drafts SET changed = now() - interval '61 minutes'`)
	if _, err := read(id); !errors.Is(err, auth.ErrNoRef) {
		t.Errorf("after an hour: %v", err)
	}
	if err := w.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	dropped, err := w.NewDraft(t.Context(), "dropped")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.DropDraft(t.Context(), dropped); err != nil {
		t.Fatal(err)
	}
	if n, err := raw[int](t, w.db.Super, `SELECT count(*) FROM drafts`); n != 0 || err != nil {
		t.Errorf("%d rows are left, %v", n, err)
	}
}
