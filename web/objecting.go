package web

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/objection"
	"example.org/icr/care/objection/draft"
	"example.org/icr/views"
	"github.com/labstack/echo/v4"
)

// Residents object, and withdraw objections, on a form of one question a page.
// What they have typed is kept here, sealed, for an hour, under an id that is
// in a cookie alone. Nothing that the form says depends on whether anybody is
// known.

// Drafts keeps forms that residents are filling in. *store.Store is one.
type Drafts interface {
	NewDraft(ctx context.Context, v any) (string, error)
	KeepDraft(ctx context.Context, id string, v any) error
	Draft(ctx context.Context, id string, v any) error
	DropDraft(ctx context.Context, id string) error
}

// drafted is what is kept of a form that is being filled in, and, once it has
// been sent, its reference alone.
type drafted struct {
	Answers draft.Answers
	Sent    string
	held    bool // it was found
}

// objecting is the form of one kind.
type objecting struct {
	*Server
	wants objection.Wants
	base  string // where it stands
}

// objectingRoutes are those of both forms.
func (s *Server) objectingRoutes() (all []route) {
	for _, o := range []objecting{{s, objection.ToObject, "/right-to-object"}, {s, objection.ToWithdraw, "/withdraw-objection"}} {
		all = append(all,
			route{"GET", o.base + "/form/:question", public, o.ask, nil},
			route{"POST", o.base + "/form/:question", public, o.answer, nil},
			route{"GET", o.base + "/form/check", public, o.check, nil},
			route{"POST", o.base + "/form/check", public, o.send, nil},
			route{"GET", o.base + "/form/sent", public, o.sent, nil},
			route{"POST", o.base + "/form/delete", public, o.forget, nil},
			route{"GET", o.base + "/paper", public, o.paper, nil},
		)
	}
	return all
}

// cookie is the name of the cookie that holds the draft's id. Each form has its
// own, so that half of one survives the other.
func (o objecting) cookie() string { return "__Host-icr-" + string(o.wants) }

// kept is the draft of the request's browser and its id; there is none where id
// is empty.
func (o objecting) kept(c echo.Context) (d drafted, id string, err error) {
	cookie, err := c.Cookie(o.cookie())
	if err != nil {
		return o.empty(), "", nil
	}
	err = o.Drafts.Draft(c.Request().Context(), cookie.Value, &d)
	if errors.Is(err, auth.ErrNoRef) {
		return o.empty(), "", nil
	}
	d.held = true
	return d, cookie.Value, err
}

func (o objecting) empty() drafted { return drafted{Answers: draft.Answers{Wants: o.wants}} }

// keep keeps d under id, or, where that is empty, under a new one.
func (o objecting) keep(c echo.Context, d drafted, id string) error {
	if id != "" {
		return o.Drafts.KeepDraft(c.Request().Context(), id, d)
	}
	id, err := o.Drafts.NewDraft(c.Request().Context(), d)
	if err != nil {
		return err
	}
	o.setCookie(c, id, 0)
	return nil
}

func (o objecting) setCookie(c echo.Context, id string, age int) {
	c.SetCookie(&http.Cookie{Name: o.cookie(), Value: id, Path: "/", MaxAge: age, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

func (o objecting) today() objection.Day { return objection.DayOf(o.Now()) }

func (o objecting) page(c echo.Context, d drafted) views.ObjectingPage {
	return views.ObjectingPage{ResidentPage: o.residentPage(c), Answers: d.Answers, Held: d.held, Today: o.today(), Reference: d.Sent}
}

// ask answers GET …/form/:question.
func (o objecting) ask(c echo.Context) error {
	d, id, err := o.kept(c)
	if err != nil {
		return err
	}
	q := draft.Question(c.Param("question"))
	if q == draft.Who && (id == "" || d.Sent != "") {
		return o.show(c, http.StatusOK, o.empty(), q, nil)
	}
	if elsewhere, err := o.notNow(c, d, id, q); elsewhere || err != nil {
		return err
	}
	return o.show(c, http.StatusOK, d, q, nil)
}

// notNow answers, and reports so, where q is not to be asked now: nothing is
// kept, the form has been sent, or something before q is missing.
func (o objecting) notNow(c echo.Context, d drafted, id string, q draft.Question) (bool, error) {
	switch {
	case !slices.Contains(draft.Questions, q):
		return true, errNotFound
	case id == "":
		return true, o.gone(c)
	case d.Sent != "":
		return true, c.Redirect(http.StatusSeeOther, o.base+"/form/sent")
	case !d.Answers.May(q, o.today()):
		return true, o.next(c, d)
	}
	return false, nil
}

func (o objecting) gone(c echo.Context) error {
	return o.render(c, http.StatusGone, views.ObjectingGone(o.page(c, o.empty())))
}

// next leads to the first question that is not answered yet, or else to the
// page that checks the answers.
func (o objecting) next(c echo.Context, d drafted) error {
	if q := d.Answers.Missing(o.today()); q != "" {
		return c.Redirect(http.StatusSeeOther, o.base+"/form/"+string(q))
	}
	return c.Redirect(http.StatusSeeOther, o.base+"/form/check")
}

func (o objecting) show(c echo.Context, status int, d drafted, q draft.Question, wrong []draft.Problem) error {
	p := o.page(c, d)
	p.Question, p.Back = q, o.base
	if before := d.Answers.Before(q, o.today()); d.Answers.Missing(o.today()) == "" {
		p.Back = o.base + "/form/check"
	} else if before != "" {
		p.Back = o.base + "/form/" + string(before)
	}
	for _, w := range wrong {
		p.Errors = append(p.Errors, views.FieldError{Field: w.Field, Message: w.Message})
	}
	return o.render(c, status, views.Objecting(p))
}

// mostTyped is the longest answer that is read: what is too long for its field
// is shown to its author again.
const mostTyped = 1 << 20

// answer answers POST …/form/:question. A good answer is kept; one that is not
// stands on the page again, with what is wrong with it.
func (o objecting) answer(c echo.Context) error {
	c.Request().Body = http.MaxBytesReader(c.Response(), c.Request().Body, mostTyped)
	if err := c.Request().ParseForm(); err != nil {
		return echo.NewHTTPError(http.StatusRequestEntityTooLarge)
	}
	d, id, err := o.kept(c)
	if err != nil {
		return err
	}
	q := draft.Question(c.Param("question"))
	if q == draft.Who && (id == "" || d.Sent != "") {
		d, id = o.empty(), ""
	} else if elsewhere, err := o.notNow(c, d, id, q); elsewhere || err != nil {
		return err
	}
	d.Answers = d.Answers.With(q, func(name string) string { return formValue(c, name) })
	if wrong := d.Answers.Problems(q, o.today()); len(wrong) > 0 {
		return o.show(c, http.StatusUnprocessableEntity, d, q, wrong)
	}
	if id == "" && !o.Begun.Allow(c.RealIP(), o.Now()) {
		return o.busy(c, o.empty())
	}
	if err := o.keep(c, d, id); err != nil {
		return err
	}
	return o.next(c, d)
}

// check answers GET …/form/check.
func (o objecting) check(c echo.Context) error {
	return o.whole(c, func(d drafted, _ string) error {
		p := o.page(c, d)
		questions := d.Answers.Questions(o.today())
		p.Back = o.base + "/form/" + string(questions[len(questions)-1])
		return o.render(c, http.StatusOK, views.ObjectingCheck(p))
	})
}

// whole does something with a draft in which nothing is missing.
func (o objecting) whole(c echo.Context, do func(d drafted, id string) error) error {
	d, id, err := o.kept(c)
	switch {
	case err != nil:
		return err
	case id == "":
		return o.gone(c)
	case d.Sent != "":
		return c.Redirect(http.StatusSeeOther, o.base+"/form/sent")
	case d.Answers.Missing(o.today()) != "":
		return o.next(c, d)
	}
	return do(d, id)
}

// send answers POST …/form/check. A form that is sent twice is received once.
func (o objecting) send(c echo.Context) error {
	return o.whole(c, func(d drafted, id string) error {
		if !o.Sent.Allow(c.RealIP(), o.Now()) {
			return o.busy(c, d)
		}
		now := o.Now()
		e := audit.NewEvent(audit.FormReceived, auth.User{}, now)
		e.Page = "objecting"
		reference, err := o.Forms.ReceiveForm(c.Request().Context(), d.Answers.Form(now), e)
		if err != nil {
			return err
		}
		sent := o.empty()
		sent.Sent = reference
		if err := o.keep(c, sent, id); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, o.base+"/form/sent")
	})
}

// paper answers GET …/paper: the form to fill in by hand.
func (o objecting) paper(c echo.Context) error {
	return o.render(c, http.StatusOK, views.ObjectingPaper(o.page(c, o.empty())))
}

func (o objecting) busy(c echo.Context, d drafted) error {
	c.Response().Header().Set("Retry-After", "600")
	p := o.page(c, d)
	p.Back = c.Request().URL.Path
	return o.render(c, http.StatusTooManyRequests, views.ObjectingBusy(p))
}

// sent answers GET …/form/sent.
func (o objecting) sent(c echo.Context) error {
	d, id, err := o.kept(c)
	switch {
	case err != nil:
		return err
	case id == "":
		return o.gone(c)
	case d.Sent == "":
		return o.next(c, d)
	}
	return o.render(c, http.StatusOK, views.ObjectingSent(o.page(c, d)))
}

// forget answers POST …/form/delete.
func (o objecting) forget(c echo.Context) error {
	_, id, err := o.kept(c)
	if err != nil {
		return err
	}
	if id != "" {
		if err := o.Drafts.DropDraft(c.Request().Context(), id); err != nil {
			return err
		}
	}
	o.setCookie(c, "", -1)
	return c.Redirect(http.StatusSeeOther, o.base)
}
