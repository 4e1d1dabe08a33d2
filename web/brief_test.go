package web_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.org/icr/care/partner/partnertest"
)

func pulse(day int) string {
	return fmt.Sprintf(`{"resourceType":"Observation","id":"o%[1]d","meta":{"versionId":"1"},"status":"final","category":[{"coding":[{"code":"vital-signs"}]}],"code":{"text":"Pulse"},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2026-%02[2]d-%02[3]d","valueQuantity":{"value":%[1]d,"unit":"/min"}}`, day, 1+day/28, 1+day%28)
}

// The summary asks for the newest of what happens again and again, says that
// there is more and never how much, and what it did not ask for is neither
// nothing nor news.
func TestP4_ASummaryOfTheNewestSaysThatThereIsMore(t *testing.T) {
	w := newWorld(t, partnertest.Holds, partnertest.Holds)
	w.relate("RKB", "RLT")
	long := w.partners["RLT"]
	for day := range 30 {
		long.Items = map[string][]string{"Observation": append(long.Items["Observation"], pulse(day))}
	}
	nurse := w.as("ed.nurse")
	ref := nurse.ref()
	summary := nurse.get(ref)
	section := strings.Join(strings.Fields(summary.Find("#observations").Text()), " ")
	if !strings.Contains(section, "Only the newest was asked for: there may be more at") || !strings.Contains(section, "See all") || strings.Contains(section, " of 20") {
		t.Errorf("the summary says %q", section)
	}
	if got := summary.Find(`.icr-contents__link[href="#observations"] .icr-contents__count`).Text(); got != "20+" {
		t.Errorf("the contents say %q", got)
	}
	if got := summary.Find(`[data-partner=RLT]`).Text(); !strings.Contains(got, "22+ items") || !strings.Contains(summary.Find(".icr-asked").Text(), "only the newest results and observations asked for") || summary.Find(`[data-partner=RLT]`).AttrOr("data-state", "") != "answered" {
		t.Errorf("the strip says %q", got)
	}
	if got := summary.Find("#allergies [data-newest]").Length(); got != 0 {
		t.Error("allergies are cut")
	}
	all := nurse.get(ref + "/observations")
	if n := all.Find(`[data-entry]`).Length(); n != 30 || all.Find("[data-new]").Length() != 0 {
		t.Errorf("the section has %d lines, %d of them new", n, all.Find("[data-new]").Length())
	}
	if got := nurse.get(ref).Find("[data-news]").Text(); !strings.Contains(got, "Nothing is new") {
		t.Errorf("at the next look: %q", got)
	}
	long.Change(func(m *partnertest.Manner) { m.Items["Observation"] = append(m.Items["Observation"], pulse(31)) })
	if got := nurse.get(ref).Find("[data-news]").Text(); !strings.Contains(got, "observations 1+") {
		t.Errorf("one more: %q", got)
	}
	// What it was asked briefly serves no page that shows everything.
	w.gathers.SoftDeadline(20 * time.Millisecond)
	long.Hold()
	if got := nurse.get(ref).Find(`[data-partner=RLT]`).AttrOr("data-state", ""); got != "late" {
		t.Errorf("it is %s", got)
	}
	long.Release()
	if n := nurse.get(ref + "/print").Find(`[data-section=observations] [data-entry]`).Length(); n != 31 {
		t.Errorf("the print-out has %d", n)
	}
	w.gathers.SoftDeadline(0)
	nurse.get(ref) // what came late
	// Nothing among the newest is not nothing.
	long.Change(func(m *partnertest.Manner) {
		all := slices.Clone(m.Items["Observation"])
		for i := range all[9:] {
			all[9+i] = strings.Replace(all[9+i], `"status":"final"`, `"status":"entered-in-error"`, 1)
		}
		m.Items["Observation"] = all
	})
	empty := nurse.get(ref).Find("#observations").Text()
	if !strings.Contains(empty, "This does not mean that there is nothing") || strings.Contains(empty, "Nothing recorded") {
		t.Errorf("nothing among the newest: %q", empty)
	}
}
