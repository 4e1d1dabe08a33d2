package provider

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
)

//go:embed page.css
var style string

//go:embed page.html
var layout string

var document = template.Must(template.New("page").Parse(layout))

// policy lets a page use its own style and nothing else.
var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; frame-ancestors 'none'"
}()

// page is one page of the provider: a list of people to choose from, or words.
type page struct {
	Title   string
	Words   string
	Name    string // of the provider
	Choices []choice
	Style   template.CSS
}

type choice struct {
	User
	Link string
}

// choose shows the people to be. Each is a link that repeats the request: a
// browser that obeys the client's form-action would not follow a form on.
func (p *Provider) choose(w http.ResponseWriter, r *http.Request, unknown string) {
	shown := page{Title: "Choose who to be"}
	if unknown != "" {
		shown.Words = "There is nobody called “" + unknown + "” here."
	}
	for _, u := range p.Users {
		query := url.Values{}
		for name, values := range r.Form {
			query[name] = values
		}
		query.Set("choose", u.Name)
		shown.Choices = append(shown.Choices, choice{u, authorizePath + "?" + query.Encode()})
	}
	p.show(w, http.StatusOK, shown)
}

func (p *Provider) front(w http.ResponseWriter, _ *http.Request) {
	p.show(w, http.StatusOK, page{Title: "Sign-in for a demonstration", Words: "Nothing to see here: applications send people here to sign in."})
}

func (p *Provider) fault(w http.ResponseWriter, words string) {
	p.show(w, http.StatusBadRequest, page{Title: "Sign-in does not work", Words: words})
}

func (p *Provider) show(w http.ResponseWriter, status int, shown page) {
	shown.Style, shown.Name = template.CSS(style), p.Name
	var body bytes.Buffer
	if err := document.Execute(&body, shown); err != nil {
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy)
	w.WriteHeader(status)
	body.WriteTo(w)
}
