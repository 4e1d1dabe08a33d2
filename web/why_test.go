package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
)

// Every page of a record says on what ground it was opened, as whom, for which
// organisation, and under which reference; and all of it is what the trail says.
func TestP7_EveryPageOfARecordSaysWhatTheTrailSays(t *testing.T) {
	w := newWorld(t, partnertest.Holds)
	w.relate("RKB")
	nurse := w.as("ed.nurse")
	ref := nurse.ref()
	for path, kind := range map[string]audit.Kind{"": audit.Disclosed, "/allergies": audit.Disclosed, "/timeline": audit.Disclosed, "/mistake/allergies": audit.Disclosed, "/print": audit.Printed} {
		p := nurse.get(ref + path)
		why := strings.Join(strings.Fields(p.Find("[data-ground=episode]").Parent().Text()), " ")
		reference := p.Find("[data-access-reference]").Text()
		if p.status != http.StatusOK || p.Find("[data-ground]").Length() != 1 || !strings.Contains(why, "test feed") || !strings.Contains(why, "WHITLOCK Tom (Mr), Clinician") || !strings.Contains(why, "RKB") && !strings.Contains(why, "University Hospitals") {
			t.Errorf("%s: %d %q", path, p.status, why)
		}
		var kinds []audit.Kind
		for _, e := range w.trail() {
			if e.Reference != reference {
				continue
			}
			kinds = append(kinds, e.Kind)
			if e.Ground.Kind != "episode" || e.Ground.Evidence != "test feed" || e.Actor.Organisation != "RKB" || e.Patient != patient.Number {
				t.Errorf("%s: the trail says %+v", path, e)
			}
		}
		if !slices.Equal(kinds, []audit.Kind{audit.Opened, kind}) {
			t.Errorf("%s: under its reference %q the trail has %v", path, reference, kinds)
		}
	}
}
