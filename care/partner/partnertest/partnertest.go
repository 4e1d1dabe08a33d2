// Package partnertest is a partner that misbehaves in every way that is asked
// of it: a FHIR server with modes, and the conformance suite that every
// partner.Source passes against it.
package partnertest

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/partner"
	"example.org/icr/care/record"
)

// Mode is how the server behaves once it has found the patient, unless its
// name says otherwise.
type Mode string

// The modes.
const (
	Holds          Mode = "holds the patient"
	NothingOf      Mode = "holds nothing of the patient"
	NotHeld        Mode = "does not know the patient"
	Hangs          Mode = "hangs"
	Drips          Mode = "drips"
	Unauthorised   Mode = "answers 401"
	Forbidden      Mode = "answers 403"
	NotThere       Mode = "answers 404"
	Throttled      Mode = "answers 429"
	Broken         Mode = "answers 500"
	Garbage        Mode = "sends garbage"
	HTML           Mode = "sends HTML with 200"
	Truncated      Mode = "stops half way"
	GzipBomb       Mode = "sends a gzip bomb"
	Deep           Mode = "sends JSON 200,000 levels deep"
	PagingLoop     Mode = "sends pages that go round in a circle"
	ForeignPage    Mode = "sends a next page on another host"
	SecondPageDies Mode = "fails on the second page"
	Redirects      Mode = "redirects to another host"
	OtherPatient   Mode = "answers about somebody else"
	MixedPatients  Mode = "slips in one item about somebody else"
	SamePatientID  Mode = "gives somebody else's demographics"
	ContainedOther Mode = "slips in an item whose contained patient is somebody else"
	SharedID       Mode = "gives somebody else the patient's id"
	ElsewhereID    Mode = "slips in an item about the same id on another server"
	OnlyDisplay    Mode = "slips in an item that names its subject in words"
	OtherSystem    Mode = "slips in an item about a number of another system"
	TwoNumbers     Mode = "holds a patient with two people's numbers"
	SearchFails    Mode = "answers the search for the patient with an error"
	HalfAPatient   Mode = "sends a patient that must not be read in part"
	Promises       Mode = "says that it has more than it sends"
	SecondPageGone Mode = "answers 404 to the second page"
	Outcome        Mode = "says that something is missing"
	InError        Mode = "sends an item entered in error"
	Unreadable     Mode = "sends an item that must not be read in part"
	Empty          Mode = "sends nothing at all"
	Panics         Mode = "closes the connection"
	Slow           Mode = "answers slowly"
	Refuses        Mode = "refuses connections"
	Endless        Mode = "never comes to an end"
	Huge           Mode = "sends 200,000 entries"
	ZstdBomb       Mode = "sends a zstd bomb"
	RetrySoon      Mode = "answers 429 once, and asks to be asked again at once"
	RetryLater     Mode = "answers 429, and asks to be left alone for a minute"
	Hiccups        Mode = "answers 503 once"
	Refuted        Mode = "sends an allergy that was refuted"
	NoKnownAllergy Mode = "says that there is no known allergy"
	CodeOnly       Mode = "sends a code without words"
	Scripts        Mode = "sends scripts in every text"
	InternalDoc    Mode = "holds a document at an internal address"
	ExpiredTLS     Mode = "shows a certificate that has ended"
	WrongName      Mode = "shows a certificate for another name"
	OursEnded      Mode = "is shown a certificate of ours that has ended"
	NoStatement    Mode = "sends no CapabilityStatement"
)

// Want is what each mode comes to.
var Want = map[Mode]record.State{
	Holds: record.Answered, NothingOf: record.NoneRecorded, NotHeld: record.NotHeld, Hangs: record.Late, Drips: record.Late,
	Unauthorised: record.Refused, Forbidden: record.Refused, NotThere: record.Failed, Throttled: record.Failed,
	Broken: record.Failed, Garbage: record.Unreadable, HTML: record.Unreadable, Truncated: record.Unreadable,
	GzipBomb: record.Incomplete, Deep: record.Unreadable, PagingLoop: record.Unreadable, ForeignPage: record.Unreadable,
	SecondPageDies: record.Failed, Redirects: record.Failed, OtherPatient: record.IdentityCheckFailed,
	ContainedOther: record.IdentityCheckFailed, SharedID: record.IdentityCheckFailed, ElsewhereID: record.IdentityCheckFailed,
	OnlyDisplay: record.IdentityCheckFailed, OtherSystem: record.IdentityCheckFailed, TwoNumbers: record.IdentityCheckFailed,
	SearchFails: record.Failed, HalfAPatient: record.Unreadable, Promises: record.Incomplete, SecondPageGone: record.Failed,
	MixedPatients: record.IdentityCheckFailed, SamePatientID: record.IdentityCheckFailed, Outcome: record.Incomplete,
	InError: record.Answered, Unreadable: record.Incomplete, Empty: record.Unreadable, Panics: record.Failed,
	Slow: record.Answered, Refuses: record.Failed, Endless: record.Incomplete, Huge: record.Incomplete, ZstdBomb: record.Incomplete,
	RetrySoon: record.Answered, RetryLater: record.Failed, Hiccups: record.Answered, Refuted: record.Answered, NoKnownAllergy: record.Answered,
	CodeOnly: record.Answered, Scripts: record.Answered, InternalDoc: record.Answered, ExpiredTLS: record.Failed, WrongName: record.Failed, OursEnded: record.Failed,
	NoStatement: record.Answered,
}

// Server is a partner's FHIR server that holds one patient.
type Server struct {
	*httptest.Server
	Mode   Mode
	Person record.Person
	Canary string        // address that nothing may ever be sent to
	Delay  time.Duration // before it answers anything clinical

	Items  map[string][]string // resources that it holds besides, by the type that they are found with
	Pages  map[string]string   // what it sends in place of what it holds, by the type that is asked for
	Letter Document
	CAFile string // the authority of its certificate, where it speaks TLS

	CertFile, KeyFile string // what it is to be shown, in the mode OursEnded

	Statement string // its CapabilityStatement, in place of one of everything
	Unsorted  bool   // it takes no notice of _sort
	NoBatch   bool   // it does not take several questions in one request

	misbehave func(*Server, http.ResponseWriter, *http.Request) // or nil

	held  atomic.Pointer[chan struct{}] // until it is closed nothing clinical is answered; or nil
	mu    sync.Mutex
	asked []string    // resource types, or what stood in _type
	done  atomic.Bool // it has misbehaved once
}

// Document is the one document that the server holds, if it has a Type. It is
// a Binary of the server's own, unless it is said to be elsewhere.
type Document struct{ Type, Content, URL string }

// New starts a server in a mode. It stops with the test.
func New(t testing.TB, mode Mode, person record.Person) *Server {
	s := &Server{Mode: mode, Person: person, misbehave: misbehaviours[mode]}
	canary := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Errorf("%s: something was sent to another host", mode)
	}))
	s.Canary = canary.URL
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if mode == ExpiredTLS || mode == WrongName || mode == OursEnded {
		s.secure(t)
		s.StartTLS()
	} else {
		s.Start()
	}
	if mode == Refuses {
		s.Close()
	}
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
		canary.Close()
	})
	return s
}

// Asked are the types that the server was asked for, Patient left out.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// Hold keeps the server from answering anything clinical until Release.
func (s *Server) Hold() {
	held := make(chan struct{})
	s.held.Store(&held)
}

// Release lets it answer what it was asked meanwhile, and all else.
func (s *Server) Release() {
	if held := s.held.Swap(nil); held != nil {
		close(*held)
	}
}

// wait holds an answer up for as long as is wished, and no longer than its
// client waits.
func (s *Server) wait(r *http.Request) {
	if held := s.held.Load(); held != nil {
		select {
		case <-*held:
		case <-r.Context().Done():
		}
	}
	if s.Delay > 0 {
		select {
		case <-time.After(s.Delay):
		case <-r.Context().Done():
		}
	}
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/fhir+json")
	r.ParseForm()           // a server notices that its client has gone once the body is read
	if s.Mode == NotThere { // whatever is asked: no FHIR server is deployed
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if strings.HasSuffix(r.URL.Path, "/Patient/_search") {
		s.find(w, r)
		return
	}
	if r.URL.Path == "/Binary/b1" {
		fmt.Fprintf(w, `{"resourceType":"Binary","contentType":%q,"data":%q}`, s.Letter.Type, base64.StdEncoding.EncodeToString([]byte(s.Letter.Content)))
		return
	}
	if r.URL.Path == "/metadata" {
		s.metadata(w)
		return
	}
	if r.URL.Path == "/" && r.Method == http.MethodPost {
		s.batch(w, r)
		return
	}
	asked := typesOf(r)
	s.mu.Lock()
	s.asked = append(s.asked, strings.Split(asked, ",")...)
	s.mu.Unlock()
	s.wait(r)
	if s.misbehave != nil {
		s.misbehave(s, w, r)
		return
	}
	if page, ok := s.Pages[asked]; ok {
		io.WriteString(w, page)
		return
	}
	io.WriteString(w, s.bundle(r, asked))
}

// typesOf are the types of resource that r asks for.
func typesOf(r *http.Request) string {
	if types := r.URL.Query().Get("_type"); types != "" {
		return types
	}
	return strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/"), "/_search")
}

func jsonText(s string) (string, error) {
	text, err := json.Marshal(s)
	return string(text), err
}

func (s *Server) find(w http.ResponseWriter, r *http.Request) {
	number := strings.TrimPrefix(r.FormValue("identifier"), nhs.NumberSystem+"|")
	if s.Mode == NotHeld || number != s.Person.Number.Digits() {
		io.WriteString(w, `{"resourceType":"Bundle","type":"searchset","total":0}`)
		return
	}
	p := s.Person
	switch s.Mode {
	case SamePatientID:
		p.Family, p.Born = "Somebody", record.ParseDate("1901-01-01")
	case TwoNumbers:
		other := fmt.Sprintf(`"identifier":[{"system":%q,"value":"9990000433"},`, nhs.NumberSystem)
		io.WriteString(w, bundle(strings.Replace(patient("p1", p), `"identifier":[`, other, 1)))
		return
	case SearchFails:
		io.WriteString(w, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}`)
		return
	case HalfAPatient:
		io.WriteString(w, bundle(strings.Replace(patient("p1", p), `{`, `{"modifierExtension":[{"url":"https://example.org/x","valueBoolean":true}],`, 1)))
		return
	}
	io.WriteString(w, bundle(patient("p1", p)))
}

func patient(id string, p record.Person) string {
	given, _ := json.Marshal(p.Given) // strings always marshal
	return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":%q,"value":%q}],"name":[{"family":%q,"given":%s}],"birthDate":%q,"gender":%q}`,
		id, nhs.NumberSystem, p.Number.Digits(), p.Family, given, p.Born.ISO(), p.Gender)
}

// Allergy and Problem are the words of the two items that the server holds.
const (
	Allergy = "Penicillin allergy at the partner"
	Problem = "Asthma at the partner"
)

func allergy(id, subject, more string) string {
	return fmt.Sprintf(`{"resourceType":"AllergyIntolerance","id":%q,"code":{"text":%q},"patient":{"reference":%q}%s}`, id, Allergy, subject, more)
}

// bundle is what the server holds of the types asked for, and what its mode
// slips in.
func (s *Server) bundle(r *http.Request, asked string) string {
	var items []string
	if strings.Contains(asked, "AllergyIntolerance") && s.Mode == NoKnownAllergy {
		items = append(items, noKnownAllergy)
	} else if strings.Contains(asked, "AllergyIntolerance") && s.Mode != NothingOf {
		items = append(items, allergy("a1", "Patient/p1", ""))
		items = append(items, s.slipIn(r)...)
	}
	if strings.Contains(asked, "Condition") && s.Mode != NothingOf {
		items = append(items, fmt.Sprintf(`{"resourceType":"Condition","id":"c1","code":{"text":%q},"subject":{"reference":"Patient/p1"}}`, Problem))
	}
	if strings.Contains(asked, "DocumentReference") && s.Mode == InternalDoc {
		items = append(items, internalDocument)
	}
	if strings.Contains(asked, "DocumentReference") && s.Letter.Type != "" {
		items = append(items, fmt.Sprintf(`{"resourceType":"DocumentReference","id":"d1","status":"current","type":{"text":"Letter"},"subject":{"reference":"Patient/p1"},"content":[{"attachment":{"contentType":%q,"url":%q}}]}`,
			s.Letter.Type, cmp.Or(s.Letter.URL, "Binary/b1")))
	}
	for kind, more := range s.Items {
		if slices.Contains(strings.Split(asked, ","), kind) {
			items = append(items, more...)
		}
	}
	return s.sorted(r, items)
}

// sorted is a bundle of items in the order and of the number that r asks for.
func (s *Server) sorted(r *http.Request, items []string) string {
	if wanted := r.FormValue("status"); wanted != "" {
		items = slices.DeleteFunc(items, func(item string) bool {
			return !slices.ContainsFunc(strings.Split(wanted, ","), func(status string) bool { return strings.Contains(item, `"status":"`+status+`"`) })
		})
	}
	if wanted := r.FormValue("code"); wanted != "" {
		items = slices.DeleteFunc(items, func(item string) bool {
			return !slices.ContainsFunc(strings.Split(wanted, ","), func(code string) bool {
				_, code, _ = strings.Cut(code, "|")
				return strings.Contains(item, `"code":"`+code+`"`)
			})
		})
	}
	total := len(items)
	if r.FormValue("_sort") == "-date" && !s.Unsorted {
		slices.SortStableFunc(items, func(a, b string) int { return strings.Compare(dateIn(b), dateIn(a)) })
	}
	if most, err := strconv.Atoi(r.FormValue("_count")); err == nil && r.FormValue("_sort") != "" {
		items = items[:min(most, total)]
	}
	if r.FormValue("_sort") == "" {
		return bundle(items...)
	}
	return strings.Replace(bundle(items...), `"searchset"`, fmt.Sprintf(`"searchset","total":%d`, total), 1)
}

var dates = regexp.MustCompile(`"(?:effectiveDateTime|start|performedDateTime|occurrenceDateTime)":"([^"]+)"`)

// dateIn is the date of an item that a search sorts by, or nothing.
func dateIn(item string) string {
	if found := dates.FindStringSubmatch(item); found != nil {
		return found[1]
	}
	return ""
}

func (s *Server) slipIn(*http.Request) []string {
	other := s.Person
	other.Number, _ = nhs.ParseNumber("9990000433")
	other.Family, other.Born = "Other", record.ParseDate("1931-01-01")
	switch s.Mode {
	case OtherPatient:
		return []string{patient("p2", other), allergy("a1", "Patient/p2", "")}
	case SharedID:
		return []string{patient("p1", other), allergy("a2", "Patient/p1", "")}
	case ContainedOther:
		return []string{allergy("a2", "#c1", `,"contained":[`+patient("c1", other)+`]`)}
	case ElsewhereID:
		return []string{allergy("a2", "https://elsewhere.example/fhir/Patient/p1", "")}
	case OnlyDisplay:
		return []string{strings.Replace(allergy("a2", "X", ""), `{"reference":"X"}`, `{"display":"OTHER, Bob"}`, 1)}
	case OtherSystem:
		return []string{strings.Replace(allergy("a2", "X", ""), `{"reference":"X"}`, `{"identifier":{"system":"http://fhir.nhs.net/Id/nhs-number","value":"9990000433"}}`, 1)}
	case MixedPatients:
		return []string{allergy("a2", "Patient/p999", "")}
	case Outcome:
		return []string{`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout","details":{"text":"The ward system did not answer"}}]}`}
	case InError:
		return []string{allergy("a3", "Patient/p1", `,"verificationStatus":{"coding":[{"code":"entered-in-error"}]}`)}
	case Refuted:
		return []string{refuted}
	case CodeOnly:
		return []string{codeOnly}
	case Scripts:
		return []string{scripts()}
	case Unreadable:
		return []string{allergy("a4", "Patient/p1", `,"modifierExtension":[{"url":"https://example.org/not-really","valueBoolean":true}]`)}
	}
	return nil
}

func bundle(resources ...string) string {
	entries := make([]string, len(resources))
	for i, r := range resources {
		entries[i] = `{"resource":` + r + `}`
	}
	return `{"resourceType":"Bundle","type":"searchset","entry":[` + strings.Join(entries, ",") + `]}`
}

var misbehaviours = map[Mode]func(*Server, http.ResponseWriter, *http.Request){
	Hangs:        func(_ *Server, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	Unauthorised: status(http.StatusUnauthorized), Forbidden: status(http.StatusForbidden),
	Slow: slowly, Endless: many(0), Huge: many(200_000), ZstdBomb: bomb("zstd", zstdBomb),
	RetrySoon: once(throttled("0")), RetryLater: throttled("60"), Hiccups: once(status(http.StatusServiceUnavailable)),
	Throttled: status(http.StatusTooManyRequests), Broken: status(http.StatusInternalServerError),
	Garbage: says("\x00\x01 not JSON"), HTML: says("<html><body>Please sign in</body></html>"), Empty: says(""),
	Truncated: says(`{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"AllergyIn`),
	Deep:      says(strings.Repeat("[", 200_000)),
	Panics:    func(*Server, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	Redirects: func(s *Server, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.Canary, http.StatusTemporaryRedirect)
	},
	ForeignPage: func(s *Server, w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"`+s.Canary+`/next"}]}`)
	},
	PagingLoop: func(s *Server, w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"`+s.URL+`/again?page=1"}]}`)
	},
	SecondPageDies: func(s *Server, w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("page") {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		io.WriteString(w, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"/again?page=2"}],"entry":[{"resource":`+allergy("a1", "Patient/p1", "")+`}]}`)
	},
	SecondPageGone: func(s *Server, w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("page") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		io.WriteString(w, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"/again?page=2"}],"entry":[{"resource":`+allergy("a1", "Patient/p1", "")+`}]}`)
	},
	Promises: func(_ *Server, w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"resourceType":"Bundle","type":"searchset","total":250,"entry":[{"resource":`+allergy("a1", "Patient/p1", "")+`}]}`)
	},
	Drips: func(_ *Server, w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			io.WriteString(w, " ")
			w.(http.Flusher).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	},
	GzipBomb: bomb("gzip", gzipBomb),
}

func status(code int) func(*Server, http.ResponseWriter, *http.Request) {
	return func(_ *Server, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func says(text string) func(*Server, http.ResponseWriter, *http.Request) {
	return func(_ *Server, w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }
}

// Conform checks that a source keeps the promises of partner.Source in every
// mode. Open returns a source for a server.
func Conform(t *testing.T, person record.Person, open func(t *testing.T, s *Server) partner.Source) {
	for mode := range Want {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			s := New(t, mode, person)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			q := partner.Query{
				Viewing: "v1", Person: person, Source: record.Source{Code: "RKB", Kind: record.Acute},
				Scope: record.Scope{record.Allergies: record.Everything},
			}
			answer, err := open(t, s).Fetch(ctx, q)
			if err != nil && len(answer.Entries) > 0 {
				t.Errorf("entries beside the error %v", err)
			}
			for _, asked := range s.Asked() {
				if asked == "Condition" {
					t.Error("it asked for a type out of scope")
				}
			}
			if err == nil && (Want[mode] == record.IdentityCheckFailed || Want[mode] == record.Failed) {
				t.Errorf("no error, and %d entries", len(answer.Entries))
			}
		})
	}
}
