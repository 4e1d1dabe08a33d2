package web

import (
	"errors"
	"net/http"
	"strings"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/fhir"
	"example.org/icr/care/record"
	"example.org/icr/care/viewing"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// print answers GET /record/:ref/print with all that the role may see, for
// paper. Nothing can be added to a print-out later, so it waits for every
// organisation's own deadline, and is an event of its own.
func (s *Server) print(c echo.Context, u auth.User) error {
	return s.view(c, u, viewing.Ask{Kind: audit.Printed, Page: "print", Whole: true, Render: func(shown viewing.Shown) (viewing.Rendered, error) {
		p := s.recordPage(c, u, shown)
		return rendered(c, views.Print(p), p.EntriesInFull())
	}})
}

// download answers POST /record/:ref/download with all that the role may see,
// as a FHIR document to hand over. Its name is ours, and names nobody.
func (s *Server) download(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	patient, err := s.Kept.Referred(ctx, u.Issuer, u.Subject, c.Param("ref"))
	if err != nil {
		return err
	}
	if err := s.spend(c, u, patient); err != nil {
		return err
	}
	name := ""
	file, err := s.Viewing.View(ctx, viewing.Ask{
		User: u, Patient: patient, Kind: audit.Downloaded, Page: "download", Whole: true,
		Render: func(shown viewing.Shown) (viewing.Rendered, error) {
			c.Set(referenceKey, shown.Reference)
			name = "patient-summary-" + strings.ToLower(shown.Reference) + ".fhir.json"
			file, err := s.summary(u, shown).Encode()
			return viewing.Rendered{Bytes: file, Entries: s.recordPage(c, u, shown).EntriesInFull()}, err
		},
	})
	if refusal, ok := errors.AsType[*viewing.Refusal](err); ok {
		return s.explain(c, u, refusal.Explanation)
	}
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Content-Security-Policy", sandbox)
	return c.Blob(http.StatusOK, "application/fhir+json; charset=utf-8", file)
}

// summary is what is shown, to be handed over. What would locate a patient
// whose whereabouts are restricted is not in it.
func (s *Server) summary(u auth.User, shown viewing.Shown) fhir.Summary {
	out := fhir.Summary{
		Person: shown.Person, Record: shown.Record, Scope: shown.Scope, Practice: s.Site.Names[shown.Person.Practice],
		By:        fhir.Author{Name: u.Name, Role: u.Role.Name(), Organisation: u.OrganisationName, Code: u.Organisation},
		Reference: shown.Reference, System: s.Site.PublicURL + "/access-reference", Programme: s.Site.Programme, At: shown.OpenedAt,
	}
	if shown.Person.Restricted {
		out.Unlocated, out.Practice = true, ""
		out.Person.Address, out.Person.Postcode, out.Person.Phone = nil, "", ""
		out.Record = record.Merge(record.Unlocated(shown.Record.Contributions))
	}
	return out
}

// notHandedOver is for those who may see a record and not take it away.
func (s *Server) notHandedOver(c echo.Context) views.ProblemPage {
	return views.ProblemPage{
		Frame: s.frame(c), Heading: "This record cannot be downloaded",
		Advice: "You opened it for a reason that you gave yourself. A record can be downloaded only where a care relationship between the patient and your organisation is recorded. You can go back and read it.",
	}
}
