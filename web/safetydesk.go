package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/safety"
	"example.org/icr/views"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// showQueue answers GET /safety: the queue, newest first, as far as the officer
// reaches. Nobody is named in it, nor in its address.
func (s *Server) showQueue(c echo.Context, u auth.User) error {
	form := views.QueueForm{Show: c.QueryParam("show"), Kind: c.QueryParam("kind"), Partner: c.QueryParam("partner")}
	q := safety.Query{Kind: safety.Kind(form.Kind), Partner: nhs.ODSCode(form.Partner), Before: cursor(c.QueryParam("before")), Limit: eventsPerPage + 1}
	switch form.Show {
	case "all":
	case string(safety.New), string(safety.Taken), string(safety.Closed):
		q.State = safety.State(form.Show)
	default:
		form.Show, q.Open = "open", true
	}
	items, err := s.Safety.Items(c.Request().Context(), s.reach(u), q)
	if err != nil {
		return err
	}
	page := views.QueuePage{Frame: s.frame(c), Items: items, Suppliers: s.reached(u), Form: form, Reach: s.deskReach(u)}
	if len(items) > eventsPerPage {
		page.Items = items[:eventsPerPage]
		last := page.Items[eventsPerPage-1]
		page.Next = "/safety?" + url.Values{
			"show": {form.Show}, "kind": {form.Kind}, "partner": {form.Partner},
			"before": {fmt.Sprintf("%d-%s", last.At.UnixMicro(), last.ID)},
		}.Encode()
	}
	return s.render(c, http.StatusOK, views.SafetyQueue(page))
}

// item is the item that the address names, as far as u reaches.
func (s *Server) item(c echo.Context, u auth.User) (safety.Item, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return safety.Item{}, errNotFound
	}
	return s.Safety.Item(c.Request().Context(), s.reach(u), id)
}

// showItem answers GET /safety/items/:id. That the item was read is on the
// trail before it is sent.
func (s *Server) showItem(c echo.Context, u auth.User) error {
	item, err := s.item(c, u)
	if err != nil {
		return err
	}
	return s.itemPage(c, u, http.StatusOK, views.ItemPage{Item: item})
}

func (s *Server) itemPage(c echo.Context, u auth.User, status int, p views.ItemPage) error {
	p.Frame, p.Mail = s.frame(c), s.Mail
	fill := func(e *audit.Event) {
		e.Page, e.Words = "safety-item", p.Item.Kind.Words()+", reference "+p.Item.Reference
		if p.Item.Section != "" {
			e.Sections = append(e.Sections, p.Item.Section)
		}
	}
	page, err := made(c, views.SafetyItem(p))
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	err = s.Trail.RecordUnlessObjected(ctx, audit.SafetyRead, u, p.Item.Person, fill)
	if errors.Is(err, audit.ErrObjected) {
		p.Objected = true
		if page, err = made(c, views.SafetyItem(p)); err != nil {
			return err
		}
		err = s.Trail.Record(ctx, audit.SafetyRead, u, func(e *audit.Event) {
			fill(e)
			e.Patient = p.Item.Person.Number
		})
	}
	if err != nil {
		return err
	}
	return c.HTMLBlob(status, page)
}

// handleItem answers POST /safety/items/:id: a step is on the trail, and then
// with the item.
func (s *Server) handleItem(c echo.Context, u auth.User) error {
	ctx := c.Request().Context()
	item, err := s.item(c, u)
	if err != nil {
		return err
	}
	step := safety.Step{Kind: safety.StepKind(formValue(c, "step"))}
	words := formValue(c, "words")
	after, err := strconv.Atoi(c.FormValue("after"))
	if err != nil || after != len(item.Steps) || step.Kind.Follows(item.State) != nil {
		return safety.ErrChanged
	}
	if problem := stepProblem(step.Kind, words); problem != "" {
		return s.itemPage(c, u, http.StatusUnprocessableEntity, views.ItemPage{Item: item, Words: words, Error: problem})
	}
	step.N = after + 1
	step.Act, err = s.act(ctx, u, audit.SafetyHandled, words, func(e *audit.Event) {
		e.Patient, e.Words = item.Person.Number, safety.StepKinds[step.Kind]+": "+item.Kind.Words()+", reference "+item.Reference
	})
	if err != nil {
		return err
	}
	if err := s.Safety.Handle(ctx, s.reach(u), item.ID, step); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/safety/items/"+item.ID.String())
}

// longestNote is the longest note on an item.
const longestNote = 2000

func stepProblem(kind safety.StepKind, words string) string {
	switch {
	case kind == safety.Note && words == "":
		return "Write the note"
	case kind == safety.Close && words == "":
		return "Say what was done before you close it"
	case len([]rune(words)) > longestNote:
		return "Write at most " + strconv.Itoa(longestNote) + " characters"
	}
	return ""
}

// showMessage answers GET /safety/items/:id/message, the message to a partner
// on paper. It names no patient.
func (s *Server) showMessage(c echo.Context, u auth.User) error {
	item, err := s.item(c, u)
	if err != nil {
		return err
	}
	if item.Kind != safety.Report || item.Partner == "" {
		return errNotFound
	}
	subject, text := safety.Letter(s.Site.Programme, s.Site.PublicURL, item.Reference)
	return s.render(c, http.StatusOK, views.SafetyMessage(views.MessagePage{Frame: s.frame(c), Subject: subject, Text: text, To: item.PartnerName}))
}
