package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/objection"
	"example.org/icr/care/rights"
	"example.org/icr/views"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// Requests is the register of what people ask about their own data.
// *store.Store is one.
type Requests interface {
	EnterRequest(ctx context.Context, r rights.Request, e audit.Event) (uuid.UUID, error)
	HandleRequest(ctx context.Context, id uuid.UUID, n int, step rights.Step, e audit.Event) error
	Request(ctx context.Context, organisation nhs.ODSCode, id uuid.UUID) (rights.Request, error)
	Requests(ctx context.Context, organisation nhs.ODSCode) ([]rights.Request, error)
}

const requestsPath = "/privacy/requests"

// registerOf is whose requests u reaches: their organisation's, or, in the
// programme's own office, everybody's.
func (s *Server) registerOf(u auth.User) nhs.ODSCode {
	if s.reach(u).Programme {
		return ""
	}
	return u.Organisation
}

// showRequests answers GET /privacy/requests. Nobody is named there.
func (s *Server) showRequests(c echo.Context, u auth.User) error {
	all, err := s.Requests.Requests(c.Request().Context(), s.registerOf(u))
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, views.Requests(views.RequestsPage{Frame: s.frame(c), Requests: all, Today: objection.DayOf(s.Now())}))
}

// askRequest answers GET /privacy/requests/new.
func (s *Server) askRequest(c echo.Context, _ auth.User) error {
	return s.render(c, http.StatusOK, views.EnterRequest(views.EnterRequestPage{Frame: s.frame(c), Form: requestForm(c)}))
}

func requestForm(c echo.Context) views.RequestForm {
	value := func(name string) string { return formValue(c, name) }
	return views.RequestForm{
		Kind: value("kind"), Name: value("name"), Number: value("nhs_number"), Words: value("words"),
		Day: value("received-day"), Month: value("received-month"), Year: value("received-year"),
	}
}

// enterRequest answers POST /privacy/requests/new.
func (s *Server) enterRequest(c echo.Context, u auth.User) error {
	form := requestForm(c)
	r := s.readRequest(&form)
	if len(form.Errors) > 0 {
		return s.render(c, http.StatusUnprocessableEntity, views.EnterRequest(views.EnterRequestPage{Frame: s.frame(c), Form: form}))
	}
	r.Organisation = u.Organisation
	e := audit.NewEvent(audit.RequestEntered, u, s.Now())
	e.Patient, e.Page, e.Words = r.Number, "request", rights.Kinds[r.Kind]
	id, err := s.Requests.EnterRequest(c.Request().Context(), r, e)
	if err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, requestsPath+"/"+id.String())
}

// readRequest is the request that a form makes. What is wrong with it, it notes
// in the form.
func (s *Server) readRequest(f *views.RequestForm) rights.Request {
	r := rights.Request{Kind: rights.Kind(f.Kind), Name: f.Name, Words: f.Words, Received: objection.DayOf(s.Now())}
	fault := func(field, message string) {
		f.Errors = append(f.Errors, views.FieldError{Field: field, Message: message})
	}
	if _, ok := rights.Kinds[r.Kind]; !ok {
		fault("kind", "Select what they ask for")
	}
	if f.Day+f.Month+f.Year != "" {
		day, message := dayOf(f.Day, f.Month, f.Year)
		if message == "" && r.Received.Before(day) {
			message = "The day on which it came must not be in the future"
		}
		if message != "" {
			fault("received", message)
		}
		r.Received = day
	}
	if f.Name == "" || utf8.RuneCountInString(f.Name) > longest {
		fault("name", "Enter the name of the person, in at most "+strconv.Itoa(longest)+" characters")
	}
	var err error
	if r.Number, err = nhs.ParseNumber(f.Number); f.Number != "" && err != nil {
		fault("nhs_number", err.Error())
	}
	if message := wordsProblem(f.Words); message != "" {
		fault("words", message)
	}
	return r
}

// dayOf is the day of three fields, or what is wrong with them.
func dayOf(day, month, year string) (objection.Day, string) {
	if len(day) == 1 {
		day = "0" + day
	}
	if len(month) == 1 {
		month = "0" + month
	}
	d, err := objection.ParseDay(year + "-" + month + "-" + day)
	if err != nil {
		return d, "Enter a real date, like 31 3 2026"
	}
	return d, ""
}

func wordsProblem(words string) string {
	switch {
	case words == "":
		return "Say in a few words what it is about"
	case utf8.RuneCountInString(words) > longestWords:
		return "Write at most " + strconv.Itoa(longestWords) + " characters"
	}
	return ""
}

// oneRequest is the request that the address names, as far as u reaches.
func (s *Server) oneRequest(c echo.Context, u auth.User) (rights.Request, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return rights.Request{}, errNotFound
	}
	return s.Requests.Request(c.Request().Context(), s.registerOf(u), id)
}

// showRequest answers GET /privacy/requests/:id. That it was read is on the
// trail before it is sent.
func (s *Server) showRequest(c echo.Context, u auth.User) error {
	r, err := s.oneRequest(c, u)
	if err != nil {
		return err
	}
	return s.requestPage(c, u, http.StatusOK, r, views.StepForm{Act: rights.Act(formValue(c, "act")), Words: formValue(c, "words")})
}

func (s *Server) requestPage(c echo.Context, u auth.User, status int, r rights.Request, form views.StepForm) error {
	page, err := made(c, views.Request(views.RequestPage{Frame: s.frame(c), Request: r, Today: objection.DayOf(s.Now()), Form: form}))
	if err != nil {
		return err
	}
	err = s.Trail.Record(c.Request().Context(), audit.RequestRead, u, func(e *audit.Event) {
		e.Patient, e.Page, e.Words = r.Number, "request", "request "+r.Reference
	})
	if err != nil {
		return err
	}
	return c.HTMLBlob(status, page)
}

// handleRequest answers POST /privacy/requests/:id.
func (s *Server) handleRequest(c echo.Context, u auth.User) error {
	r, err := s.oneRequest(c, u)
	if err != nil {
		return err
	}
	after, err := strconv.Atoi(c.FormValue("after"))
	if err != nil || after != len(r.Steps) {
		return rights.ErrChanged
	}
	form := views.StepForm{Act: rights.Act(formValue(c, "act")), Words: formValue(c, "words")}
	if !slices.Contains(r.Possible(objection.DayOf(s.Now())), form.Act) {
		form.Errors = append(form.Errors, views.FieldError{Field: "act", Message: "Select what you did"})
	}
	if message := wordsProblem(form.Words); message != "" {
		form.Errors = append(form.Errors, views.FieldError{Field: "words", Message: message})
	}
	if len(form.Errors) > 0 {
		return s.requestPage(c, u, http.StatusUnprocessableEntity, r, form)
	}
	e := audit.NewEvent(audit.RequestHandled, u, s.Now())
	e.Patient, e.Page, e.Words = r.Number, "request", rights.Acts[form.Act]+": request "+r.Reference
	step := rights.Step{Act: form.Act, At: e.At, Words: form.Words, By: u.Name}
	if err := s.Requests.HandleRequest(c.Request().Context(), r.ID, after+1, step, e); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, requestsPath+"/"+r.ID.String())
}
