package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// formInHand is a form that has come to the objections desk, and what was done
// about it since.
type formInHand struct {
	says     url.Values
	received int // days ago
	acts     []url.Values
}

// formsInHand are forms in several states, about people of the town. None
// changes what is in force, but that one person objects once more.
var formsInHand = []formInHand{
	{form("object", "telephone", "oneself", "Olusegun David", "Adeyemi", "9990000069", "1972-04-23", "7 Weaver Row\nCoventry"), 45, []url.Values{
		{"act": {"traced"}, "nhs_number": {"9990000069"}},
		{"act": {"confirmed"}, "evidence": {"passport"}},
		{"act": {"upheld"}, "words": {"He has thought of what it means for an emergency, and says so."}},
	}},
	{form("object", "paper", "young-person", "Aaliyah Noor", "Hussain", "9990000093", "", "40 Radford Gate\nCoventry"), 3, []url.Values{
		{"act": {"traced"}, "nhs_number": {"9990000093"}},
		{"act": {"referred"}, "words": {"Mrs P. Lal, school nurse\nRadford School, Coventry"}},
	}},
	{form("object", "letter", "oneself", "Rosalind", "Achebe", "", "1979-07-07", "19 Needle Mill Lane\nRedditch"), 9, nil},
	{form("withdraw", "paper", "oneself", "Olusegun David", "Adeyemi", "9990000069", "1972-04-23", "7 Weaver Row\nCoventry"), 2, []url.Values{
		{"act": {"traced"}, "nhs_number": {"9990000069"}},
		{"act": {"confirmed"}, "evidence": {"questions"}},
		{"act": {"agreed"}, "words": {"He telephoned himself, and the answers agree."}},
	}},
	{form("object", "telephone", "oneself", "Kit", "Nowhere", "", "1990-01-31", ""), 0, nil},
}

func form(wants, route, asks, given, family, number, born, address string) url.Values {
	return url.Values{
		"wants": {wants}, "route": {route}, "asks": {asks}, "given": {given}, "family": {family}, "nhs_number": {number}, "born": {born},
		"address": {address}, "postcode": {"CV99 9ZZ"},
	}
}

// fillDesk has an objections officer deal with a few forms, as a browser would.
// Without them the demonstration is whole all the same.
func (d *demonstration) fillDesk(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	officer := browser{&http.Client{Jar: jar}, address(d.ports.Viewer)}
	_, err = officer.get(ctx, "/signin?login_hint=objections.officer")
	for _, f := range formsInHand {
		if err == nil {
			err = officer.work(ctx, f, d.born(f.says))
		}
	}
	if err != nil {
		return "the objections desk is empty: " + err.Error(), nil
	}
	return fmt.Sprintf("%d forms on the objections desk", len(formsInHand)), nil
}

// born is the birth date of whom a form is about, who may be somebody of the
// town, of an age that depends on the day.
func (d *demonstration) born(says url.Values) string {
	for _, p := range d.town.People {
		if p.NHSNumber.Digits() == says.Get("nhs_number") {
			return p.BirthDate
		}
	}
	return says.Get("born")
}

// browser is somebody's browser, at the viewer.
type browser struct {
	*http.Client
	viewer string
}

// work enters a form and does what was done about it.
func (b browser) work(ctx context.Context, f formInHand, born string) error {
	says := maps.Clone(f.says)
	says.Del("born")
	setDate(says, "born", born)
	setDate(says, "received", time.Now().AddDate(0, 0, -f.received).Format(time.DateOnly))
	path, err := b.post(ctx, "/objections/new", says)
	if err != nil {
		return err
	}
	for i, act := range f.acts {
		act = maps.Clone(act)
		act.Set("after", strconv.Itoa(i+1))
		act.Set("apart", "yes")
		if _, err := b.post(ctx, path, act); err != nil {
			return fmt.Errorf("%s: %w", act.Get("act"), err)
		}
	}
	return nil
}

func setDate(form url.Values, name, date string) {
	parts := strings.Split(date, "-")
	if len(parts) == 3 {
		form.Set(name+"-year", parts[0])
		form.Set(name+"-month", parts[1])
		form.Set(name+"-day", parts[2])
	}
}

func (b browser) get(ctx context.Context, path string) (string, error) {
	return b.do(ctx, http.MethodGet, path, "")
}

// post sends a form and returns where it led, which is elsewhere if it was
// taken.
func (b browser) post(ctx context.Context, path string, form url.Values) (string, error) {
	return b.do(ctx, http.MethodPost, path, form.Encode())
}

func (b browser) do(ctx context.Context, method, path, body string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, method, b.viewer+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := b.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(res.Request.URL.Path, "/objections") || method == http.MethodPost && res.Request.Method != http.MethodGet {
		return "", errors.New("a form was not taken: " + res.Status)
	}
	return res.Request.URL.Path, nil
}
