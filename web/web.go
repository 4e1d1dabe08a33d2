// Package web is the viewer over HTTP: one list of routes, thin handlers, one
// table of errors. A handler for signed-in people gets the user as an
// argument, and cannot be routed without one.
package web

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/launch"
	"example.org/icr/care/nhs"
	"example.org/icr/care/notice"
	"example.org/icr/care/objection"
	"example.org/icr/care/pds"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
	"example.org/icr/care/viewing"
	"example.org/icr/static"
	"example.org/icr/views"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// Server serves the viewer.
type Server struct {
	SignIn    *signin.SignIn
	Launches  *launch.Desk
	Viewing   *viewing.Service
	Trail     *audit.Trail
	People    People
	Kept      Kept
	Desk      Desk
	Safety    SafetyDesk
	Suppliers safety.Suppliers
	Reports   Reports
	Forms     Forms
	Possible  Possible
	Rules     objection.Rules
	Mail      bool                         // messages are sent by e-mail
	Partners  func() []views.PartnerHealth // how they answer
	Site      Site
	Drafts    Drafts
	Requests  Requests
	Begun     *Limit // forms that residents begin
	Sent      *Limit // forms that residents send
	Secret    []byte // names documents in URLs
	Spending  Spending
	Budgets   access.Budgets
	Refusal   time.Duration // how long it takes at least to be told nothing about a patient
	Log       *slog.Logger
	Proxies   []*net.IPNet // whose word for where a request comes from is taken
	Now       func() time.Time

	opened                            recently
	signIns, failedSignIns, badTokens buckets

	Monitoring Monitoring
}

// Site is what pages say about this installation.
type Site struct {
	Programme  string
	Code       nhs.ODSCode // the programme's own: officers there reach all of it
	Banner     string
	PublicURL  string
	Names      map[nhs.ODSCode]string
	Telephones []views.OrganisationPhone
	Notice     notice.Notice
	Supply     []views.Participants // organisations that supply, for residents to read
	View       []string             // organisations that only view

	OwnPatients map[nhs.ODSCode]bool        // whose officers see who looked at its patients
	Kinds       map[nhs.ODSCode]record.Kind // of organisations
}

// People finds people by their demographics. *pds.Client is one.
type People interface {
	Search(ctx context.Context, leave *audit.Tracing, by pds.Criteria) ([]record.Person, error)
}

// Kept is what requests leave for later ones. *store.Store is one.
type Kept interface {
	Refer(ctx context.Context, issuer, subject string, patient nhs.Number) (string, error)
	Referred(ctx context.Context, issuer, subject, ref string) (nhs.Number, error)
	ReferredPerson(ctx context.Context, issuer, subject, ref string) (nhs.Number, record.Person, error)
	StillReferred(ctx context.Context, issuer, subject, ref string) (nhs.Number, error)
	KeepSearch(ctx context.Context, issuer, subject, kind string, v any) (string, error)
	KeepLatest(ctx context.Context, issuer, subject, kind string, v any, most int) (string, error)
	Search(ctx context.Context, issuer, subject, kind, ref string, v any) error
	Person(ctx context.Context, n nhs.Number) (record.Person, error)
	Restricted(ctx context.Context, n nhs.Number) (bool, error)
	Current(ctx context.Context, u auth.User, limit int) ([]nhs.Number, error)
	Opened(ctx context.Context, u auth.User, limit int) ([]nhs.Number, error)
	Owed(ctx context.Context, u auth.User) ([]audit.Owed, error)
	OtherNumbers(ctx context.Context, n nhs.Number) ([]nhs.Number, error)
	KeepFilter(ctx context.Context, issuer, subject, name string, v any) error
	Filters(ctx context.Context, issuer, subject string) ([]audit.Filter, error)
	Filter(ctx context.Context, issuer, subject, ref string, v any) error
	ForgetFilter(ctx context.Context, issuer, subject, ref string) error
	SaveLaunched(ctx context.Context, patient nhs.Number, r access.Relationship) error
}

// Desk reads the trail for officers. *store.Desk is one.
type Desk interface {
	Events(ctx context.Context, reach audit.Reach, q audit.Query) ([]audit.Event, error)
	Lateness(ctx context.Context) (audit.Lateness, error)
	Within(ctx context.Context, reach audit.Reach, q audit.Query, looks []string, oldest, newest time.Time) ([]audit.Event, error)
	Event(ctx context.Context, reach audit.Reach, at audit.Cursor) (*audit.Event, audit.Place, error)
	Pictures(ctx context.Context, reach audit.Reach, from, until time.Time) (audit.Pictures, error)
	AskRefetch(ctx context.Context, reach audit.Reach, r audit.Refetch) error
	StepRefetch(ctx context.Context, reach audit.Reach, r audit.Refetch, s audit.RefetchStep) error
	Refetches(ctx context.Context, reach audit.Reach, limit int) ([]audit.Refetch, error)
	Refetch(ctx context.Context, reach audit.Reach, id uuid.UUID) (*audit.Refetch, error)
	Places(ctx context.Context, reach audit.Reach, events []audit.Event) (map[audit.Cursor]int64, error)
	Proof(ctx context.Context, reach audit.Reach, events []audit.Event, bodies bool) (file []byte, proved int, err error)
	Cases
	Reviews
}

// class says who may ask for a route at all. What they may see there is
// decided for each patient.
type class struct {
	name  string
	roles []auth.Role // none: anybody, signed in or not
}

var (
	public   = class{name: "public"}
	staff    = class{"staff", []auth.Role{auth.Clinician, auth.SocialCare, auth.CareAdmin, auth.PrivacyOfficer, auth.ObjectionsOfficer, auth.SafetyOfficer, auth.ServiceAdmin, auth.CaldicottGuardian}}
	care     = class{"care", []auth.Role{auth.Clinician, auth.SocialCare, auth.CareAdmin}}
	clinical = class{"clinical", []auth.Role{auth.Clinician}}
	privacy  = class{"privacy", []auth.Role{auth.PrivacyOfficer, auth.CaldicottGuardian}}

	objections     = class{"objections", []auth.Role{auth.ObjectionsOfficer}}
	service        = class{"service", []auth.Role{auth.ServiceAdmin}}
	clinicalSafety = class{"safety", []auth.Role{auth.SafetyOfficer}}
)

// route is one line of the list. Exactly one of open and page is set: open for
// public routes, and for those that open pages ask, which look after their
// class themselves.
type route struct {
	method, path string
	class        class
	open         echo.HandlerFunc
	page         page
}

// page is a handler for a signed-in user.
type page func(c echo.Context, u auth.User) error

// routes is every route of the viewer.
func (s *Server) routes() []route {
	return append(s.objectingRoutes(), []route{
		{"GET", "/static/*", public, echo.WrapHandler(static.Handler()), nil},
		{"GET", "/signin", public, s.limited(s.signIn), nil},
		{"GET", "/signin/jwks", public, s.clientKeys, nil},
		{"GET", "/signin/callback/:issuer", public, s.limited(s.signInCallback), nil},
		{"GET", "/signin/role", public, s.showRoles, nil},
		{"POST", "/signin/role", public, s.limited(s.chooseRole), nil},
		{"POST", "/signout", public, s.signOut, nil},
		{"GET", "/signed-out", public, s.signedOut, nil},
		{"POST", "/backchannel-logout", public, s.backchannelLogout, nil},
		{"GET", "/launch", public, s.limited(s.launchBySMART), nil},
		{"POST", "/launch", public, s.limited(s.launchByToken), nil},
		{"GET", "/launch/keys", public, s.launchKeys, nil},
		{"GET", "/launched/:ref", care, nil, s.launched},
		{"GET", "/about-access", public, s.aboutAccess, nil},
		{"GET", "/about", public, s.told(views.About), nil},
		{"GET", "/privacy-notice", public, s.told(views.PrivacyNotice), nil},
		{"GET", "/who-has-seen-my-record", public, s.told(views.WhoHasSeen), nil},
		{"GET", "/correct-my-record", public, s.told(views.CorrectRecord), nil},
		{"GET", "/right-to-object", public, s.told(views.RightToObject), nil},
		{"GET", "/withdraw-objection", public, s.told(views.WithdrawObjection), nil},
		{"GET", "/accessibility", public, s.told(views.Accessibility), nil},
		{"GET", "/cookies", public, s.told(views.Cookies), nil},
		{"GET", "/glossary", public, s.told(views.Glossary), nil},
		{"GET", "/account/still", staff, s.pulse(staff, s.stillSignedIn), nil},
		{"POST", "/account/stay", staff, nil, s.stay},
		{"GET", "/account/again", staff, nil, s.again},
		{"GET", "/account/sessions", staff, nil, s.showSessions},
		{"POST", "/account/sessions", staff, nil, s.endSessions},
		{"GET", "/", staff, nil, s.home},
		{"POST", "/search", care, nil, s.search},
		{"GET", "/search/:ref", care, nil, s.showSearch},
		{"GET", "/record/:ref", care, nil, s.showRecord},
		{"GET", "/record/:ref/still", care, s.pulse(care, s.stillShown), nil},
		{"GET", "/record/:ref/reason", care, nil, s.askReason},
		{"GET", "/record/:ref/mistake/:section", care, nil, s.askMistake},
		{"POST", "/record/:ref/mistake/:section", care, nil, s.report},
		{"GET", "/record/:ref/reported/:reference", care, nil, s.showReported},
		{"POST", "/record/:ref/reason", care, nil, s.claim},
		{"GET", "/record/:ref/print", care, nil, s.print},
		{"POST", "/record/:ref/download", clinical, nil, s.download},
		{"GET", "/record/:ref/timeline", care, nil, s.showTimeline},
		{"GET", "/record/:ref/sensitive", care, nil, s.askSensitive},
		{"POST", "/record/:ref/sensitive", care, nil, s.openSensitive},
		{"GET", "/record/:ref/:section", care, nil, s.showSection},
		{"POST", "/record/:ref/:section", care, nil, s.filterSection},
		{"GET", "/record/:ref/documents/:doc", care, nil, s.showDocument},
		{"GET", "/notes/:reference", care, nil, s.askNote},
		{"POST", "/notes/:reference", care, nil, s.note},
		{"GET", "/privacy/alerts", privacy, nil, s.showAlerts},
		{"GET", "/privacy/sample", privacy, nil, s.showSamples},
		{"GET", "/privacy/sample/:id/:n", privacy, nil, s.showSampleItem},
		{"POST", "/privacy/sample/:id/:n", privacy, nil, s.reviewSampleItem},
		{"GET", "/privacy/watch", privacy, nil, s.showWatches},
		{"POST", "/privacy/watch", privacy, nil, s.watchPatient},
		{"POST", "/privacy/watch/:id", privacy, nil, s.unwatchPatient},
		{"GET", "/privacy/cases", privacy, nil, s.showCases},
		{"GET", "/privacy/cases/:id", privacy, nil, s.showCase},
		{"POST", "/privacy/cases/:id", privacy, nil, s.handleCase},
		{"GET", "/questions/:ref", staff, nil, s.askAbout},
		{"POST", "/questions/:ref", staff, nil, s.answerAbout},
		{"GET", "/privacy/events", privacy, nil, s.showEvents},
		{"POST", "/privacy/events", privacy, nil, s.filterEvents},
		{"GET", "/privacy/events/:ref", privacy, nil, s.showEvents},
		{"POST", "/privacy/events/:ref/refetch", privacy, nil, s.askRefetch},
		{"GET", "/privacy/refetches", privacy, nil, s.showRefetches},
		{"GET", "/privacy/refetches/:id", privacy, nil, s.showRefetch},
		{"POST", "/privacy/refetches/:id", privacy, nil, s.decideRefetch},
		{"POST", "/privacy/refetches/:id/fetch", privacy, nil, s.fetchAgain},
		{"GET", "/privacy/pictures", privacy, nil, s.showPictures},
		{"GET", "/privacy/requests", privacy, nil, s.showRequests},
		{"GET", "/privacy/requests/new", privacy, nil, s.askRequest},
		{"POST", "/privacy/requests/new", privacy, nil, s.enterRequest},
		{"GET", "/privacy/requests/:id", privacy, nil, s.showRequest},
		{"POST", "/privacy/requests/:id", privacy, nil, s.handleRequest},
		{"GET", "/privacy/report", privacy, nil, s.askReport},
		{"POST", "/privacy/report", privacy, nil, s.orderReport},
		{"GET", "/privacy/report/:ref", privacy, nil, s.showReport},
		{"POST", "/privacy/report/:ref/proof", privacy, nil, s.takeProof},
		{"GET", "/privacy/filters/:ref", privacy, nil, s.useFilter},
		{"POST", "/privacy/filters/:ref", privacy, nil, s.forgetFilter},
		{"GET", "/safety", clinicalSafety, nil, s.showQueue},
		{"GET", "/safety/items/:id", clinicalSafety, nil, s.showItem},
		{"POST", "/safety/items/:id", clinicalSafety, nil, s.handleItem},
		{"GET", "/safety/items/:id/message", clinicalSafety, nil, s.showMessage},
		{"GET", "/objections", objections, nil, s.showObjections},
		{"POST", "/objections/find", objections, nil, s.findObjection},
		{"GET", "/objections/found/:ref", objections, nil, s.showObjectionsFound},
		{"GET", "/objections/new", objections, nil, s.askObjectionForm},
		{"POST", "/objections/new", objections, nil, s.enterObjectionForm},
		{"GET", "/objections/possible", objections, nil, s.showPossibles},
		{"GET", "/objections/possible/:id", objections, nil, s.showPossible},
		{"POST", "/objections/possible/:id", objections, nil, s.handlePossible},
		{"GET", "/objections/:id", objections, nil, s.showObjection},
		{"POST", "/objections/:id", objections, nil, s.handleObjection},
		{"GET", "/objections/:id/letters/:letter", objections, nil, s.showObjectionLetter},
		{"GET", "/service", service, nil, s.showService},
		{"GET", "/safety/feeds", clinicalSafety, nil, s.showFeeds},
		{"POST", "/safety/feeds", clinicalSafety, nil, s.switchFeed},
		{"POST", "/safety/feeds/opening", clinicalSafety, nil, s.openFeed},
	}...)
}

// Handler returns the viewer.
func (s *Server) Handler() http.Handler { return Compressed(s.sameOrigin(s.router())) }

func (s *Server) router() *echo.Echo {
	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = s.addresses()
	e.HTTPErrorHandler = s.handleError
	e.Use(s.logged, s.recovered, s.secured)
	for _, r := range s.routes() {
		h := r.open
		if r.page != nil {
			h = s.signedIn(r.class, r.page)
		}
		e.Add(r.method, r.path, h)
	}
	return e
}

// sameOrigin refuses what another site makes a browser send (CSRF). The
// identity provider's logout calls come from a server and carry no cookie.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.AddInsecureBypassPattern("POST /launch") // a token that is signed, works once, and names its user
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.secure(w.Header())
		http.Error(w, "This request came from another site. Go back to the viewer and try again.", http.StatusForbidden)
	}))
	return protection.Handler(next)
}

// signedIn hands p the user, if there is one whose role the class names.
func (s *Server) signedIn(cl class, p page) echo.HandlerFunc {
	return func(c echo.Context) error {
		who := s.SignIn.User
		if c.QueryParam("again") != "" { // the page asks, not the user: the session does not live longer for it
			who = s.SignIn.Glance
		}
		u, err := who(c.Request())
		if err != nil {
			return err
		}
		u.Address = c.RealIP()
		c.Set(userKey, u)
		if s.changedRole(c, u) {
			return s.askWhichRole(c, u)
		}
		if err := s.restore(c, u); err != nil {
			return err
		}
		for _, role := range cl.roles {
			if u.Role == role {
				return p(c, u)
			}
		}
		return s.refuseRole(c, u)
	}
}

// userKey is where the request's log line and error page find the user. No
// handler reads it: who is asking is an argument.
const userKey = "user"

// Operations serves the operators' pages, which no patient is on, and metrics,
// in which none is either.
func Operations(database interface{ Ping(context.Context) error }, metrics http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := database.Ping(ctx); err != nil {
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		w.Write([]byte("ready\n"))
	})
	return mux
}
