package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/partner/partnertest"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
	"example.org/icr/web"
)

// canary is in everything clinical that the partner holds.
const canary = "Zephyrine"

// walk asks for every route of the list, filled in with what leads to one
// patient: under the current number and under a former one.
type walk struct {
	*world
	browsers map[auth.Role]*browser
	again    bool                // walk only those that may meet a patient
	ref      string              // the clinician's, of the patient's record
	fill     map[string][]string // what stands for a parameter; of refs, by what stands before it
}

// newWalk is a world in which every route that can carry clinical data does.
func newWalk(t *testing.T) *walk {
	w := &walk{world: newWorld(t, partnertest.Holds), browsers: map[auth.Role]*browser{}}
	at := w.partners["RKB"]
	at.Letter = partnertest.Document{Type: "text/plain", Content: "Dear Doctor, " + canary}
	at.Items = map[string][]string{"Condition": {strings.Replace(labelled, "Something told in confidence", canary, 1)}}
	for _, kind := range []string{"AllergyIntolerance", "Condition"} {
		at.Items[kind] = append(at.Items[kind], `{"resourceType":"`+kind+`","id":"c-`+kind+`","code":{"text":"`+canary+`"},"subject":{"reference":"Patient/p1"},"patient":{"reference":"Patient/p1"},"recordedDate":"2020-01-01"}`)
	}
	at.Items["MedicationRequest"] = []string{`{"resourceType":"MedicationRequest","id":"c-m","status":"active","intent":"order","medicationCodeableConcept":{"text":"` + canary + `"},"subject":{"reference":"Patient/p1"},"authoredOn":"2026-01-01"}`}
	w.relate("RKB", "E08000026")
	for _, user := range []string{"safety.officer", "privacy.lead", "objections.officer", "service.admin", "care.admin", "social.worker", "ed.nurse"} {
		for role, name := range users {
			if name == user {
				w.browsers[role] = w.as(user)
			}
		}
	}
	w.fill = map[string][]string{
		":issuer": {"cis2"}, "/privacy/filters/:ref": {"x"},
		"/launched/:ref":  {"x"}, // leads to /record/:ref, once
		"/questions/:ref": {"x"}, // what an officer asks a reader, who writes an answer
	}
	for _, role := range []auth.Role{auth.CareAdmin, auth.SocialCare, auth.Clinician} {
		found := w.browsers[role].post("/search", url.Values{"nhs_number": {former.Digits()}})
		ref, _ := found.Find(`a[href^="/record/"]`).Attr("href")
		who := w.last().Actor
		old, err := w.Refer(t.Context(), who.Issuer, who.Subject, former)
		if err != nil {
			t.Fatal(err)
		}
		w.fill[string(role)+"/record/:ref"] = []string{strings.TrimPrefix(ref, "/record/"), old}
		w.fill[string(role)+"/search/:ref"] = []string{strings.TrimPrefix(found.url.Path, "/search/")}
	}
	nurse := w.browsers[auth.Clinician]
	w.ref = "/record/" + w.fill["clinician/record/:ref"][0]
	letter, _ := nurse.get(w.ref).Find(`[data-section=documents] a[href*="/documents/"]`).Attr("href")
	form := nurse.reportForm(w.ref)
	reported := nurse.send(form, "incorrect", "never had it")
	filter := w.browsers[auth.PrivacyOfficer].post("/privacy/events", url.Values{"patient": {patient.Number.Digits()}})
	item := w.browsers[auth.SafetyOfficer].item(safety.Report)
	last := func(path string) []string { return []string{path[strings.LastIndex(path, "/")+1:]} }
	w.fill["/privacy/events/:ref"], w.fill[":doc"], w.fill[":id"], w.fill[":reference"] = last(filter.url.Path), last(letter), last(item.url.Path), last(reported.url.Path)
	for _, s := range record.Sections {
		w.fill[":section"] = append(w.fill[":section"], string(s))
	}
	return w
}

var inPath = regexp.MustCompile(`:[a-z]+|\*`)

// addresses are those of a route: one for each number, and each section. What
// stands for a parameter that no test knows is an error on the pages of those
// who see records, and nobody's on others.
func (w *walk) addresses(r web.Route, role auth.Role) []string {
	all := []string{r.Path}
	for _, name := range inPath.FindAllString(r.Path, -1) {
		values, ok := w.fill[name]
		if name == ":ref" {
			to := r.Path[:strings.Index(r.Path, name)+len(name)]
			if values, ok = w.fill[string(role)+to]; !ok {
				values, ok = w.fill[to]
			}
		}
		if !ok && slices.Contains([]string{"staff", "care", "clinical"}, r.Class) {
			w.t.Errorf("%s %s: no test knows what %s stands for, so that nobody knows whether an objection holds there", r.Method, r.Path, name)
		}
		if !ok {
			values = []string{"AAAAAAAAAAAAAAAAAAAAAAAAAA"}
		}
		var filled []string
		for _, path := range all {
			for _, v := range values {
				filled = append(filled, strings.Replace(path, name, v, 1))
			}
		}
		all = filled
	}
	return all
}

// forms are what is sent to routes that take a form.
var forms = map[string]url.Values{
	"/search":                {"nhs_number": {patient.Number.Digits()}},
	"/record/:ref/reason":    emergency,
	"/record/:ref/sensitive": {"why": {"care"}, "words": {"sepsis"}},
	"/record/:ref/:section":  {"words": {"a"}},
}

// ends are routes that end the session with which the walk is made.
var ends = []string{"/signout", "/account/sessions", "/account/again", "/signin", "/signin/callback/:issuer", "/signin/role", "/backchannel-logout"}

// all asks for every route with whoever may, and returns which of them showed
// something clinical. Each answer goes to check.
func (w *walk) all(check func(r web.Route, path string, p page)) (clinical []string) {
	for _, r := range w.web.Routes() {
		if slices.Contains(ends, r.Path) || w.again && r.Class != "care" && r.Class != "clinical" && r.Class != "safety" && r.Path != "/" {
			continue
		}
		for role, b := range w.browsers {
			if !slices.Contains(r.Roles, role) && !(r.Class == "public" && !strings.Contains(r.Path, "*") && role == auth.Clinician) || r.Class == "staff" && role != auth.Clinician {
				continue
			}
			for _, path := range w.addresses(r, role) {
				if r.Path == "/record/:ref/:section" && !strings.HasSuffix(path, "/allergies") && !strings.HasSuffix(path, "/problems") {
					continue // the same handler
				}
				p := b.do(r.Method, path, forms[r.Path])
				if strings.Contains(p.body, canary) || strings.Contains(p.body, partnertest.Allergy) {
					if name := string(role) + " " + r.Method + " " + r.Path; !slices.Contains(clinical, name) {
						clinical = append(clinical, name)
					}
				}
				check(r, path, p)
			}
		}
	}
	return clinical
}

// carriers are the routes that show something clinical of somebody who does not
// object: the walk is worth something only where it meets them.
var carriers = []string{
	"clinician GET /record/:ref", "clinician GET /record/:ref/:section", "clinician POST /record/:ref/:section", "clinician GET /record/:ref/print",
	"clinician POST /record/:ref/download", "clinician GET /record/:ref/timeline", "clinician GET /record/:ref/documents/:doc",
	"social-care GET /record/:ref", "social-care GET /record/:ref/:section", "social-care GET /record/:ref/print", "social-care GET /record/:ref/timeline",
	"safety-officer GET /safety/items/:id",
}

// withdrawn ends all objections.
const withdrawn = `INSERT INTO objection_steps (objection, step, state, at) SELECT objection, 2, 'withdrawn', now() FROM objection_steps GROUP BY objection HAVING count(*) = 1`

// While an objection is in force, nothing clinical is shown by any route of the
// list to anybody, and no partner is asked: under each of the patient's
// numbers, and where it cannot be known whether there is one.
func TestP3_NoRouteShowsAnObjectedPatient(t *testing.T) {
	w := newWalk(t)
	shown := w.all(func(web.Route, string, page) {})
	for _, route := range carriers {
		if !slices.Contains(shown, route) {
			t.Errorf("without an objection %s shows nothing: the walk does not meet it", route)
		}
	}
	still := w.browsers[auth.Clinician].get(w.ref)
	var opened audit.Event
	for _, e := range w.trail() {
		if e.Kind == audit.Opened {
			opened = e
		}
	}
	if !strings.Contains(still.text(), record.DateOf(opened.At).String()) {
		t.Error("the page does not say when it was made, for those without script")
	}
	for _, state := range []struct {
		name  string
		begin func()
		end   string
	}{
		{"in force under a former number", func() { w.objectAs(former) }, withdrawn},
		{"in force under the current number", w.object, withdrawn},
		{"not known: it cannot be looked up", func() { w.super(`REVOKE SELECT ON objections FROM icr_server`) }, `GRANT SELECT ON objections TO icr_server`},
		{"not known: the database takes nothing", func() {
			w.super(`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`)
			w.super(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'icr_server' AND datname = current_database()`)
		}, ``},
	} {
		t.Run(state.name, func(t *testing.T) {
			state.begin()
			before := w.asked()
			clinical := w.all(func(r web.Route, path string, p page) {
				switch {
				case r.Path == "/" && (strings.Contains(p.body, patient.Family) || strings.Contains(p.body, strings.ToUpper(patient.Family))):
					t.Error("the patient is listed on the start page")
				case strings.HasPrefix(r.Path, "/record/:ref") && p.status == http.StatusOK && p.Find("[data-patient-banner]").Length() > 0:
					t.Errorf("%s %s shows a record page: %s", r.Method, r.Path, p.name())
				case r.Path == "/record/:ref/still" && p.status < 400:
					t.Errorf("an open page may still be seen: %d", p.status)
				}
			})
			if len(clinical) > 0 {
				t.Errorf("shown by %v", clinical)
			}
			if n := w.asked(); n != before {
				t.Errorf("partners were asked %d times", n-before)
			}
			if p := w.browsers[auth.Clinician].get(strings.SplitN(still.still(), "?", 2)[0]); p.status < 400 {
				t.Errorf("the open page may still be seen: %d", p.status)
			}
			if w.again = true; state.end == "" {
				return
			}
			w.super(state.end)
			if p := w.browsers[auth.Clinician].get(w.ref); p.status != http.StatusOK {
				t.Errorf("afterwards: %d %s", p.status, p.text())
			}
		})
	}
	if n := w.kinds()[audit.GlassBroken]; n == 0 {
		t.Error("nobody broke the glass on the way")
	}
}
