package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/pds"
	"example.org/icr/care/record"
	"example.org/icr/care/viewing"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

const (
	accessReport = "access-report"
	mostReported = 5000 // events of one report
)

// askReport answers GET /privacy/report: for whom, why, and whether staff are
// named.
func (s *Server) askReport(c echo.Context, _ auth.User) error {
	return s.render(c, http.StatusOK, views.AskReport(views.AskReportPage{Frame: s.frame(c), Form: reportForm(c)}))
}

func reportForm(c echo.Context) views.ReportForm {
	return views.ReportForm{
		Patient: formValue(c, "nhs_number"), Why: formValue(c, "why"), Names: formValue(c, "names"), NamesWhy: formValue(c, "names_why"),
	}
}

// orderReport answers POST /privacy/report: it leaves what is asked for under a
// ref, because a URL may hold no NHS number.
func (s *Server) orderReport(c echo.Context, u auth.User) error {
	form := reportForm(c)
	if _, ok := checkReport(&form); !ok {
		return s.render(c, http.StatusUnprocessableEntity, views.AskReport(views.AskReportPage{Frame: s.frame(c), Form: form}))
	}
	ref, err := s.Kept.KeepSearch(c.Request().Context(), u.Issuer, u.Subject, accessReport, form)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/privacy/report/"+ref)
}

func checkReport(f *views.ReportForm) (nhs.Number, bool) {
	f.Errors = nil
	fault := func(field, message string) {
		f.Errors = append(f.Errors, views.FieldError{Field: field, Message: message})
	}
	number, err := nhs.ParseNumber(f.Patient)
	if err != nil {
		fault("nhs_number", err.Error())
	}
	if f.Why == "" {
		fault("why", "Enter why the report is made")
	}
	if f.Names != "yes" && f.Names != "no" {
		fault("names", "Select whether members of staff are named")
	}
	if f.Names == "yes" && f.NamesWhy == "" {
		fault("names_why", "Enter why members of staff are named")
	}
	for field, words := range map[string]string{"why": f.Why, "names_why": f.NamesWhy} {
		if len([]rune(words)) > longestWords {
			fault(field, tooLong)
		}
	}
	return number, len(f.Errors) == 0
}

// accesses are what the ref in the path asks for: who has looked at a patient's
// record, as far as the officer reaches.
type accesses struct {
	form   views.ReportForm
	person record.Person
	told   bool // the demographics service said who it is
	events []audit.Event
	cut    bool
}

func (s *Server) accessed(c echo.Context, u auth.User) (accesses, error) {
	ctx := c.Request().Context()
	var r accesses
	if err := s.Kept.Search(ctx, u.Issuer, u.Subject, accessReport, c.Param("ref"), &r.form); err != nil {
		return r, err
	}
	number, ok := checkReport(&r.form)
	if !ok {
		return r, errNotFound
	}
	var err error
	if r.person, r.told, err = s.whose(ctx, u, number); err != nil {
		return r, err
	}
	q := audit.Query{Patient: r.person.Number, Former: r.person.Superseded, Accesses: true, Limit: mostReported + 1}
	if err := s.formerNumbers(ctx, &q); err != nil {
		return r, err
	}
	if r.events, err = s.Desk.Events(ctx, s.reach(u), q); err != nil {
		return r, err
	}
	if r.cut = len(r.events) > mostReported; r.cut {
		r.events = r.events[:mostReported]
	}
	return r, nil
}

// whose is the patient of a number. Whether their whereabouts are restricted
// is not known where the demographics service does not answer: then they count
// as restricted.
func (s *Server) whose(ctx context.Context, u auth.User, n nhs.Number) (p record.Person, told bool, err error) {
	p, err = s.Viewing.Identify(ctx, u, n)
	for _, untold := range []error{viewing.ErrDemographics, pds.ErrNotFound, pds.ErrInvalidated} {
		if errors.Is(err, untold) {
			return record.Person{Number: n, Restricted: true}, false, nil
		}
	}
	return p, true, err
}

// showReport answers GET /privacy/report/:ref. That it was made, for what
// reason, and whether staff are named in it, is on the trail before it is sent.
func (s *Server) showReport(c echo.Context, u auth.User) error {
	r, err := s.accessed(c, u)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	page := views.ReportPage{
		Frame: s.frame(c), Ref: c.Param("ref"), Person: r.person, Told: r.told, Accesses: audit.Accesses(r.events), Cut: r.cut,
		Named: r.form.Names == "yes" && !r.person.Restricted, Reach: s.reachWords(u), Kinds: s.Site.Kinds, By: u,
		Event: audit.NewEvent(audit.ReportMade, u, s.Now()),
	}
	if page.Places, err = s.Desk.Places(ctx, s.reach(u), r.events); err != nil {
		return err
	}
	made, err := made(c, views.Report(page))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(made)
	e := page.Event
	e.Patient, e.Page, e.Matches, e.Digest, e.Bytes = r.person.Number, "access-report", len(page.Accesses), hex.EncodeToString(sum[:]), len(made)
	e.Words = reportWords(r.form, page.Named)
	if err := s.Trail.Put(ctx, e); err != nil {
		return err
	}
	return c.HTMLBlob(http.StatusOK, made)
}

func reportWords(f views.ReportForm, named bool) string {
	words := "why: " + f.Why
	if named {
		return words + "; staff are named, because: " + f.NamesWhy
	}
	return words + "; staff are not named"
}

// takeProof answers POST /privacy/report/:ref/proof: the proof that the log
// holds what the report tells, as a file. That it was taken is on the trail
// before it is sent.
func (s *Server) takeProof(c echo.Context, u auth.User) error {
	r, err := s.accessed(c, u)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	whole := c.FormValue("whole") == "yes"
	file, proved, err := s.Desk.Proof(ctx, s.reach(u), r.events, whole)
	if err != nil {
		return err
	}
	if proved == 0 {
		return errNothingProved
	}
	sum := sha256.Sum256(file)
	err = s.Trail.Record(ctx, audit.ProofTaken, u, func(e *audit.Event) {
		e.Patient, e.Page, e.Matches, e.Digest, e.Bytes = r.person.Number, "access-report", proved, hex.EncodeToString(sum[:]), len(file)
		e.Words = fmt.Sprintf("%d of %d events; what they say is in the file: %s", proved, len(r.events), strconv.FormatBool(whole))
	})
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderContentDisposition, `attachment; filename="access-report.tlog-proofs"`)
	return c.Blob(http.StatusOK, "text/plain; charset=utf-8", file)
}

var errNothingProved = errors.New("nothing of it is proved yet")
