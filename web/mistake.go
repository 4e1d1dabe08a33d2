package web

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
	"example.org/icr/care/viewing"
	"example.org/icr/views"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// Reports keeps what readers report. *store.Store is one.
type Reports interface {
	// Report keeps i, e and, where there is a contact, the message to it: all or
	// nothing.
	Report(ctx context.Context, i safety.Item, e audit.Event, contact string) error
}

// entryKeys returns how entries of the record at ref are named in the links
// that report them. A key tells nothing of the partner's ids, and is of no use
// with another ref.
func (s *Server) entryKeys(ref string) func(*record.Entry) string {
	name := s.standIns()
	return func(e *record.Entry) string {
		return name(10, "mistake", ref, string(e.Via), string(e.From), e.Item.Type, e.Item.ID)
	}
}

// reported is what is kept of an entry between the form and its answer, so that
// the report says what its reader saw.
type reported struct {
	Ref     string // of whose record it is
	Section record.Section
	Partner nhs.ODSCode
	Name    string // of the partner
	Entry   safety.Entry
}

const reportSearch = "report"

// askMistake answers GET /record/:ref/mistake/:section: what is to be reported,
// shown once more, with the form. It is a look at the record like any other.
func (s *Server) askMistake(c echo.Context, u auth.User) error {
	var form views.MistakeForm
	if c.Get(keptQuery) != nil { // filled in before its sender had to sign in again
		form = views.MistakeForm{Mistake: safety.Mistake(formValue(c, "mistake")), Words: formValue(c, "words"), Partner: formValue(c, "partner")}
	}
	return s.mistakePage(c, u, http.StatusOK, formValue(c, "entry"), form)
}

func (s *Server) mistakePage(c echo.Context, u auth.User, status int, key string, form views.MistakeForm) error {
	section := record.Section(c.Param("section"))
	if !section.Known() {
		return errNotFound
	}
	if !slices.Contains(s.Viewing.Access.ScopeOf(u.Role).Sections(), section) {
		return s.refuseRole(c, u)
	}
	return s.viewAs(c, u, status, viewing.Ask{Page: "mistake", Only: []record.Section{section}, Render: func(shown viewing.Shown) (viewing.Rendered, error) {
		p := views.MistakePage{RecordPage: s.recordPage(c, u, shown), Section: section, Key: key, Suppliers: s.Suppliers, Form: form}
		kept := reported{Ref: c.Param("ref"), Section: section}
		if key != "" {
			if p.Entry = s.keyed(c.Param("ref"), shown.Record, key); p.Entry == nil {
				p.Gone = true
			} else {
				kept = s.reportable(kept.Ref, p.Entry, shown.Whose(p.Entry))
			}
		}
		var err error
		if p.Report, err = s.Kept.KeepSearch(c.Request().Context(), u.Issuer, u.Subject, reportSearch, kept); err != nil {
			return viewing.Rendered{}, err
		}
		return rendered(c, views.Mistake(p), p.Entries())
	}})
}

// keyed is the entry that a link means, if anybody sent it this time.
func (s *Server) keyed(ref string, r record.Record, key string) *record.Entry {
	name := s.entryKeys(ref)
	for _, c := range r.Contributions {
		for i := range c.Entries {
			if name(&c.Entries[i]) == key {
				return &c.Entries[i]
			}
		}
	}
	return nil
}

// reportable is e as its reader saw it, and the partner that it came from,
// whether or not its reader may know which that is.
func (s *Server) reportable(ref string, e *record.Entry, partner nhs.ODSCode) reported {
	supplier, _ := s.Suppliers.Find(partner)
	return reported{
		Ref: ref, Section: e.Section, Partner: partner, Name: supplier.Name,
		Entry: safety.Entry{Item: e.Item, Title: strings.TrimSpace(e.Kind + " " + e.What.Words()), When: e.When.String()},
	}
}

// report answers POST /record/:ref/mistake/:section: the report is kept for the
// safety officers, and the partner's contact is told that there is one. Nothing
// in the record changes.
func (s *Server) report(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	patient, err := s.Kept.Referred(ctx, u.Issuer, u.Subject, c.Param("ref"))
	if err != nil {
		return err
	}
	form := views.MistakeForm{Mistake: safety.Mistake(formValue(c, "mistake")), Words: formValue(c, "words"), Partner: formValue(c, "partner")}
	var kept reported
	err = s.Kept.Search(ctx, u.Issuer, u.Subject, reportSearch, formValue(c, "report"), &kept)
	if errors.Is(err, auth.ErrNoRef) { // the form lay open for too long: what was typed is not lost
		form.Errors = append(form.Errors, views.FieldError{Field: "mistake", Message: "This form was open for a long time. Check what you wrote, and send it again"})
		return s.mistakePage(c, u, http.StatusUnprocessableEntity, formValue(c, "entry"), form)
	}
	if err != nil {
		return err
	}
	if kept.Ref != c.Param("ref") || kept.Section != record.Section(c.Param("section")) {
		return errNotFound
	}
	if kept.Partner == "" && form.Partner != "" {
		supplier, ok := s.Suppliers.Find(nhs.ODSCode(form.Partner))
		if !ok {
			form.Errors = append(form.Errors, views.FieldError{Field: "partner", Message: "Select an organisation from the list"})
		}
		kept.Partner, kept.Name = supplier.Code, supplier.Name
	}
	if form.Errors = append(mistakeProblems(form), form.Errors...); len(form.Errors) > 0 {
		return s.mistakePage(c, u, http.StatusUnprocessableEntity, formValue(c, "entry"), form)
	}
	reference, err := s.raiseReport(ctx, u, patient, kept, form)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/record/"+c.Param("ref")+"/reported/"+reference)
}

func mistakeProblems(f views.MistakeForm) (all []views.FieldError) {
	if !f.Mistake.Known() {
		all = append(all, views.FieldError{Field: "mistake", Message: "Select what is wrong"})
	}
	switch {
	case f.Mistake == safety.Otherwise && f.Words == "":
		all = append(all, views.FieldError{Field: "words", Message: "Say what is wrong"})
	case len([]rune(f.Words)) > longestWords:
		all = append(all, views.FieldError{Field: "words", Message: "Write at most " + strconv.Itoa(longestWords) + " characters"})
	}
	return all
}

// raiseReport keeps a report, its event and its message, and returns the
// reference that all of them bear.
func (s *Server) raiseReport(ctx context.Context, u auth.User, patient nhs.Number, r reported, f views.MistakeForm) (string, error) {
	person, err := s.Kept.Person(ctx, patient)
	if err != nil {
		person = record.Person{Number: patient} // the report counts for more than the name on it
	}
	e := audit.NewEvent(audit.ErrorReported, u, s.Now())
	e.Patient, e.Page, e.Sections = patient, "mistake", []record.Section{r.Section}
	e.Words = strings.TrimSuffix(f.Mistake.Words()+": "+f.Words, ": ")
	if r.Partner != "" {
		e.Partners = []audit.Partner{{Code: r.Partner, Name: r.Name, State: "reported"}}
	}
	item := safety.Item{Person: person, By: e.Actor, Entry: r.Entry, Words: f.Words}
	item.Head = safety.Head{
		ID: uuid.Must(uuid.NewV7()), At: e.At, Kind: safety.Report, Partner: r.Partner, PartnerName: r.Name,
		Section: r.Section, Mistake: f.Mistake, Reference: e.Reference,
	}
	item.Same = sha256.Sum256(item.ID[:]) // no two reports are the same
	supplier, _ := s.Suppliers.Find(r.Partner)
	return e.Reference, s.Reports.Report(ctx, item, e, supplier.Contact)
}

var isReference = regexp.MustCompile(`^[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}$`)

// showReported answers GET /record/:ref/reported/:reference.
func (s *Server) showReported(c echo.Context, _ auth.User) error {
	if !isReference.MatchString(c.Param("reference")) {
		return errNotFound
	}
	return s.render(c, http.StatusOK, views.Reported(views.ReportedPage{Frame: s.frame(c), Ref: c.Param("ref"), Reference: c.Param("reference")}))
}
