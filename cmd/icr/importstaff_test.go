package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/store/storetest"
	"github.com/jackc/pgx/v5"
)

// A staff list is taken whole or not at all; its faults are named by line and
// nobody is; what is kept of it is no name, postcode or number.
func TestStaffLists(t *testing.T) {
	good := "organisation,staff_id,family_name,postcode,address,team,manager,nhs_number\nRKB,1,Zzyzx,CV1 1AA,1 High St,Ward 1,2,999 000 0018\nRKB,2,O'Neil,,,Ward 1,,\n"
	for name, test := range map[string]struct{ text, want string }{
		"no column":      {"organisation,staff_id\nRKB,1\n", "the column family_name is missing"},
		"nobody":         {"organisation,staff_id,family_name,postcode\n", "lists nobody"},
		"twice":          {strings.Replace(good, "RKB,2", "RKB,1", 1), "same organisation and staff_id"},
		"bad code":       {strings.Replace(good, "RKB,2", "R-B,2", 1), "line 3"},
		"no name":        {strings.Replace(good, "Zzyzx", "", 1), "line 2: family_name is missing"},
		"bad number":     {strings.Replace(good, "0018", "0019", 1), "line 2"},
		"own manager":    {strings.Replace(good, "Ward 1,2", "Ward 1,1", 1), "nobody answers for themselves"},
		"a line too few": {good + "RKB,3\n", "line 4"},
	} {
		_, err := readStaff(strings.NewReader(test.text), "", "")
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "Zzyzx") || strings.Contains(err.Error(), "0019") {
			t.Errorf("%s: %v", name, err)
		}
	}
	s, db := storetest.Open(t)
	save := func(kind, text string) {
		t.Helper()
		b, err := readers[kind](strings.NewReader(text), "", "")
		if err != nil {
			t.Fatal(err)
		}
		if err := b.save(t.Context(), s, audit.NewEvent(audit.Imported, auth.User{Name: "icr import"}, time.Now())); err != nil {
			t.Fatal(err)
		}
	}
	save("staff", good)
	save("staff", good) // takes the place of the first
	if err := importFile(t.Context(), "staff", []string{"--dry-run", file(t, good)}, func(string) string { return "" }, t.Output()); err != nil {
		t.Errorf("dry run: %v", err)
	}
	rows := dump(t, db.Super, "privacy.staff")
	if len(rows) != 2 || !strings.Contains(rows[0], "Ward 1") {
		t.Errorf("%q", rows)
	}
	for _, row := range rows {
		for _, word := range []string{"Zzyzx", "ZZYZX", "CV1", "9990000018", "High"} {
			if strings.Contains(row, word) {
				t.Errorf("P9: %s is kept: %s", word, row)
			}
		}
	}
	watch := "nhs_number,kind,reason,until,organisation\n999 000 0018,incident,=1+1,2099-12-31,RKB\n999 000 0018,public-figure,known,2099-12-31,\n"
	for name, bad := range map[string]string{
		"kind": strings.Replace(watch, "incident", "king", 1), "until": strings.Replace(watch, "2099", "1999", 1),
		"reason": strings.Replace(watch, "=1+1", "", 1), "number": strings.Replace(watch, "0018,inc", "0019,inc", 1),
	} {
		if _, err := readWatchList(strings.NewReader(bad), "", ""); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	save("watch-list", watch)
	if rows := dump(t, db.Super, "privacy.watched"); len(rows) != 2 {
		t.Errorf("%q", rows)
	}
}

// dump is a table as the database holds it, a row a string.
func dump(t *testing.T, url, table string) []string {
	t.Helper()
	c, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	rows, err := c.Query(t.Context(), `SELECT t::text FROM `+table+` t ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return all
}
