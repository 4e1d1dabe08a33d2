// Package partnertest is a partner that misbehaves in every way that is asked
// of it: a FHIR server with modes, and the conformance suite that every
// partner.Source passes against it.
package partnertest

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

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
	Manner
	Canary string // address that nothing may ever be sent to
	CAFile string // the authority of its certificate, where it speaks TLS

	CertFile, KeyFile string // what it is to be shown, in the mode OursEnded

	misbehave misbehaviour // or nil

	held  atomic.Pointer[chan struct{}] // until it is closed nothing clinical is answered; or nil
	mu    sync.Mutex                    // of Manner and asked
	asked []string                      // resource types, or what stood in _type
	done  atomic.Bool                   // it has misbehaved once
}

// Manner is what a server holds and how it answers. It may be set until the
// server is first asked, and by Change after that.
type Manner struct {
	Mode   Mode
	Person record.Person
	Delay  time.Duration // before it answers anything clinical

	Items  map[string][]string // resources that it holds besides, by the type that they are found with
	Pages  map[string]string   // what it sends in place of what it holds, by the type that is asked for
	Letter Document

	Statement string // its CapabilityStatement, in place of one of everything
	Unsorted  bool   // it takes no notice of _sort
	NoBatch   bool   // it does not take several questions in one request
}

// Document is the one document that the server holds, if it has a Type. It is
// a Binary of the server's own, unless it is said to be elsewhere.
type Document struct{ Type, Content, URL string }

// New starts a server in a mode. It stops with the test.
func New(t testing.TB, mode Mode, person record.Person) *Server {
	s := &Server{Manner: Manner{Mode: mode, Person: person}, misbehave: misbehaviours[mode]}
	canary := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Errorf("%s: something was sent to another host", mode)
	}))
	s.Canary = canary.URL
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(s.answer))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if mode == ExpiredTLS || mode == WrongName || mode == OursEnded {
		s.secure(t)
		s.StartTLS()
	} else {
		s.Start()
	}
	if mode == Refuses {
		s.URL = "http://" + silent(t)
	}
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
		canary.Close()
	})
	return s
}

// silent is an address at which nobody listens, and that nobody else is given
// while the test runs, as that of a server that was closed would be.
func silent(t testing.TB) string {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(socket) })
	if err := syscall.Bind(socket, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	bound, err := syscall.Getsockname(socket)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", bound.(*syscall.SockaddrInet4).Port)
}

// Asked are the types that the server was asked for, Patient left out.
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// Change alters what the server holds and how it answers, from the next question
// on.
func (s *Server) Change(to func(*Manner)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	to(&s.Manner)
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

// misbehaviour is how a mode answers in place of what the server holds.
type misbehaviour func(answering, http.ResponseWriter, *http.Request)

var misbehaviours = map[Mode]misbehaviour{
	Hangs:        func(_ answering, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
	Unauthorised: status(http.StatusUnauthorized), Forbidden: status(http.StatusForbidden),
	Slow: slowly, Endless: many(0), Huge: many(200_000), ZstdBomb: bomb("zstd", zstdBomb),
	RetrySoon: once(throttled("0")), RetryLater: throttled("60"), Hiccups: once(status(http.StatusServiceUnavailable)),
	Throttled: status(http.StatusTooManyRequests), Broken: status(http.StatusInternalServerError),
	Garbage: says("\x00\x01 not JSON"), HTML: says("<html><body>Please sign in</body></html>"), Empty: says(""),
	Truncated: says(`{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"AllergyIn`),
	Deep:      says(strings.Repeat("[", 200_000)),
	Panics:    func(answering, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	Redirects: func(s answering, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.Canary, http.StatusTemporaryRedirect)
	},
	ForeignPage: func(s answering, w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"`+s.Canary+`/next"}]}`)
	},
	PagingLoop: func(s answering, w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"`+s.URL+`/again?page=1"}]}`)
	},
	SecondPageDies: func(s answering, w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("page") {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		io.WriteString(w, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"/again?page=2"}],"entry":[{"resource":`+allergy("a1", "Patient/p1", "")+`}]}`)
	},
	SecondPageGone: func(s answering, w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("page") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		io.WriteString(w, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"/again?page=2"}],"entry":[{"resource":`+allergy("a1", "Patient/p1", "")+`}]}`)
	},
	Promises: func(_ answering, w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"resourceType":"Bundle","type":"searchset","total":250,"entry":[{"resource":`+allergy("a1", "Patient/p1", "")+`}]}`)
	},
	Drips: func(_ answering, w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			io.WriteString(w, " ")
			w.(http.Flusher).Flush()
			time.Sleep(5 * time.Millisecond)
		}
	},
	GzipBomb: bomb("gzip", gzipBomb),
}

func status(code int) misbehaviour {
	return func(_ answering, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func says(text string) misbehaviour {
	return func(_ answering, w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }
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
