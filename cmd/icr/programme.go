package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/notice"
	"example.org/icr/care/record"
	"go.yaml.in/yaml/v3"
)

// programme is the programme file: who takes part, and how each is reached.
// docs/configuration.md explains every key.
type programme struct {
	Programme struct {
		Code         string        `yaml:"code"`
		Name         string        `yaml:"name"`
		MinimumAge   int           `yaml:"minimum_age"`
		DeceasedDays int           `yaml:"deceased_days"`
		SoftDeadline time.Duration `yaml:"soft_deadline"`
		SessionIdle  time.Duration `yaml:"session_idle"`
		SessionLasts time.Duration `yaml:"session_lasts"`
		Practices    []string      `yaml:"practices"`

		PracticesFile string   `yaml:"practices_file"` // more practices
		Areas         []string `yaml:"areas"`          // of which only these are taken

		RefusalTakes time.Duration `yaml:"refusal_takes"`
		Budgets      budgets       `yaml:"budgets"`

		OneWithdraws    bool   `yaml:"one_officer_withdraws"` // a withdrawal needs no second officer
		RetentionMonths int    `yaml:"retention_months"`
		Sensitive       string `yaml:"sensitive"` // a file of further sensitive codes
		TestPatient     string `yaml:"test_patient"`
		LaunchKeyFile   string `yaml:"launch_key_file"` // that tokens of local systems are encrypted to
	} `yaml:"programme"`
	Organisations []organisation                 `yaml:"organisations"`
	Demographics  demographics                   `yaml:"demographics"`
	Issuers       []issuer                       `yaml:"issuers"`
	Launches      []launchEntry                  `yaml:"launches"`
	Access        map[auth.Role][]record.Section `yaml:"access"`
	Partners      []partnerEntry                 `yaml:"partners"`
	Residents     *notice.Notice                 `yaml:"residents"`
	Callers       []callerEntry                  `yaml:"callers"`
	Monitoring    watchEntry                     `yaml:"monitoring"`

	members map[nhs.ODSCode]access.Term // practices of the file of practices, and when they are included

	root *yaml.Node // for the lines of faults that are found later
}

type organisation struct {
	Code  string `yaml:"code"`
	Name  string `yaml:"name"`
	Kind  string `yaml:"kind"`
	Phone string `yaml:"phone"`

	Contact string `yaml:"contact"` // e-mail address for errors that are reported

	OwnPatients bool `yaml:"officers_see_own_patients"` // its privacy officers see who looked at its patients
}

type partnerEntry struct {
	organisation `yaml:",inline"`
	URL          string         `yaml:"url"`
	Ask          string         `yaml:"ask"`
	SearchBy     string         `yaml:"search_by"`
	FHIR         string         `yaml:"fhir"`
	Summary      string         `yaml:"summary"`
	Consents     string         `yaml:"consents"`
	ByNumber     bool           `yaml:"by_number"`
	Exchange     bool           `yaml:"exchange"`
	Deadline     time.Duration  `yaml:"deadline"`
	AtOnce       int            `yaml:"at_once"`
	Lag          string         `yaml:"lag"`
	NameTells    bool           `yaml:"name_tells"`
	LiveQuestion bool           `yaml:"live_question"`
	Views        *bool          `yaml:"views"` // whether its people may view; nil for yes
	BearerFile   string         `yaml:"bearer_file"`
	TLS          tlsEntry       `yaml:"tls"`
	OAuth        *oauthEntry    `yaml:"oauth"`
	Assert       *assertEntry   `yaml:"assert"`
	Sections     []string       `yaml:"sections"`
	Testers      []string       `yaml:"testers"`
	Practices    []organisation `yaml:"practices"`

	GPConnect     *gpConnectEntry  `yaml:"gpconnect"`
	DirectoryFile string           `yaml:"directory_file"`
	places        map[string]place // of the practices of the directory file, by code
}

// parseProgramme reads a programme file. Its error names every fault with its
// line.
func parseProgramme(text string) (programme, error) {
	p := programme{}
	p.Programme.MinimumAge, p.Programme.DeceasedDays, p.Programme.SoftDeadline = 18, 28, 1500*time.Millisecond
	p.Monitoring.Sample = 10
	p.Programme.SessionIdle, p.Programme.SessionLasts, p.Programme.RefusalTakes = signin.MaxIdle, signin.MaxAbsolute, leastRefusal
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(text), &root); err != nil {
		return p, err
	}
	decoder := yaml.NewDecoder(strings.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&p); err != nil && !errors.Is(err, io.EOF) {
		return p, plainWords(err)
	}
	if decoder.Decode(&yaml.Node{}) != io.EOF {
		return p, errors.New("the file holds a second document, after ---, of which nothing would be read")
	}
	p.root = &root
	c := checker{root: &root, seen: map[string]int{}}
	c.programme(p)
	return p, errors.Join(c.faults...)
}

var goType = regexp.MustCompile(` (not found|already set) in type \S+| into \S+`)

// plainWords takes the names of Go types out of the decoder's messages.
func plainWords(err error) error {
	typeErr, ok := errors.AsType[*yaml.TypeError](err)
	if !ok {
		return err
	}
	var faults []error
	for _, e := range typeErr.Errors {
		faults = append(faults, errors.New(goType.ReplaceAllStringFunc(e, func(s string) string {
			if strings.HasPrefix(s, " not found") {
				return " is not a key that is known here"
			}
			return ""
		})))
	}
	return errors.Join(faults...)
}

// checker finds what is wrong with the values, and on which line.
type checker struct {
	root   *yaml.Node
	faults []error
	seen   map[string]int // ODS code -> line
}

func (c *checker) fault(path []any, format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf("line %d: %s", c.line(path...), fmt.Sprintf(format, args...)))
}

// line is the line of the value at path, or of its nearest parent.
func (c *checker) line(path ...any) int {
	node := c.root
	if node.Kind == yaml.DocumentNode && len(node.Content) > 0 {
		node = node.Content[0]
	}
	for _, step := range path {
		next := child(node, step)
		if next == nil {
			break
		}
		node = next
	}
	return max(node.Line, 1)
}

func child(node *yaml.Node, step any) *yaml.Node {
	switch key := step.(type) {
	case int:
		if key < len(node.Content) {
			return node.Content[key]
		}
	case string:
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == key {
				return node.Content[i+1]
			}
		}
	}
	return nil
}

func (c *checker) programme(p programme) {
	c.code([]any{"programme", "code"}, p.Programme.Code)
	c.text([]any{"programme", "name"}, p.Programme.Name)
	c.demographics(p)
	c.fishing(p)
	if p.Programme.MinimumAge < 0 {
		c.fault([]any{"programme", "minimum_age"}, "minimum_age is a number of years")
	}
	for i, code := range p.Programme.Practices {
		if err := odsCode(code); err != nil {
			c.fault([]any{"programme", "practices", i}, "%v", err)
		}
	}
	if n, err := nhs.ParseNumber(p.Programme.TestPatient); p.Programme.TestPatient != "" && (err != nil || !n.NeverGiven()) {
		c.fault([]any{"programme", "test_patient"}, "test_patient is an NHS number that is given to nobody: ten digits that begin with 9")
	}
	if len(p.Programme.Practices) == 0 && p.Programme.PracticesFile == "" {
		c.fault([]any{"programme"}, "practices: none are named, so nobody would be included")
	}
	if len(p.Programme.Areas) > 0 && p.Programme.PracticesFile == "" {
		c.fault([]any{"programme", "areas"}, "areas choose among the practices of practices_file, and there is none")
	}
	if m := p.Programme.RetentionMonths; m != 0 && m < 12 {
		c.fault([]any{"programme", "retention_months"}, "retention_months must be 12 or more, or 0 to remove nothing")
	}
	if len(p.Issuers) == 0 {
		c.fault(nil, "issuers: none are named, so nobody could sign in")
	}
	c.within([]any{"programme", "session_idle"}, p.Programme.SessionIdle, 5*time.Minute, signin.MaxIdle)
	c.within([]any{"programme", "session_lasts"}, p.Programme.SessionLasts, 30*time.Minute, signin.MaxAbsolute)
	for i, is := range p.Issuers {
		c.issuer([]any{"issuers", i}, is)
	}
	for n := range p.Launches {
		c.launch([]any{"launches", n}, p, n)
	}
	for role, sections := range p.Access {
		if err := access.Shipped().Narrow(role, sections); err != nil {
			c.fault([]any{"access", string(role)}, "%v", err)
		}
	}
	c.watching(p.Monitoring)
	for i, o := range p.Organisations {
		c.organisation([]any{"organisations", i}, o)
	}
	for i, entry := range p.Partners {
		c.partner([]any{"partners", i}, entry)
	}
	for i, e := range p.Callers {
		c.caller([]any{"callers", i}, e, p.Callers[:i])
	}
	if len(p.Partners) == 0 {
		c.fault(nil, "partners: none are named")
	}
	c.residents(p.Residents)
}

func (c *checker) partner(at []any, e partnerEntry) {
	c.kind(at, e.Kind)
	if e.URL != "" || e.DirectoryFile == "" {
		c.address(append(at, "url"), strings.ReplaceAll(e.URL, "{ods}", "ODS"))
	}
	c.oneOf(append(at, "ask"), e.Ask, "", "everything", "search", inOne, gpConnect)
	c.oneOf(append(at, "search_by"), e.SearchBy, "", "post", "get")
	c.oneOf(append(at, "fhir"), e.FHIR, "", "r4", "stu3")
	c.oneOf(append(at, "summary"), e.Summary, "", "newest", "whole")
	c.oneOf(append(at, "consents"), e.Consents, "", "asked", "applied")
	if e.ByNumber && e.Ask == "everything" {
		c.fault(append(at, "by_number"), "by_number goes with ask: search")
	}
	if e.Exchange && e.Ask == inOne {
		c.fault(append(at, "ask"), "ask: in-one-request is for an organisation's own FHIR server: not for an exchange")
	}
	if e.LiveQuestion && (e.Exchange || e.Ask == gpConnect) {
		c.fault(append(at, "live_question"), "live_question is for an organisation's own FHIR server: not for an exchange, nor for ask: gpconnect")
	}
	c.gpConnect(at, e)
	c.security(at, e)
	c.testers(append(at, "testers"), e.Testers)
	c.contact(append(at, "contact"), e.Contact)
	if e.Deadline < 0 {
		c.fault(append(at, "deadline"), "a deadline is a time like 4s")
	}
	if e.AtOnce < 0 {
		c.fault(append(at, "at_once"), "at_once is how many questions may wait at this partner at a time, like 32")
	}
	for i, s := range e.Sections {
		if !record.Section(s).Known() {
			c.fault(append(at, "sections", i), "there is no section %q", s)
		}
	}
	if record.Kind(e.Kind) != record.Practice {
		c.organisation(at, e.organisation)
		if e.DirectoryFile != "" {
			c.fault(append(at, "directory_file"), "directory_file is for GP practices")
		}
		return
	}
	if e.URL != "" && !strings.Contains(e.URL, "{ods}") {
		c.fault(append(at, "url"), "the address of GP practices needs {ods} where a practice's code goes")
	}
	for i, practice := range e.Practices {
		practice.Kind = e.Kind
		c.organisation(append(at, "practices", i), practice)
	}
}

func (c *checker) organisation(at []any, o organisation) {
	c.text(append(at, "name"), o.Name)
	c.kind(at, o.Kind)
	c.code(append(at, "code"), o.Code)
	c.contact(append(at, "contact"), o.Contact)
}

func (c *checker) kind(at []any, kind string) {
	if _, ok := record.Kinds[record.Kind(kind)]; !ok {
		c.fault(append(at, "kind"), "there is no kind of organisation %q", kind)
	}
}

func (c *checker) code(path []any, code string) {
	if err := odsCode(code); err != nil {
		c.fault(path, "%v", err)
		return
	}
	if first, ok := c.seen[code]; ok {
		c.fault(path, "the code %s is used already on line %d", code, first)
		return
	}
	c.seen[code] = c.line(path...)
}

// odsCode reports what is wrong with a code that must be as organisations are
// known by here.
func odsCode(code string) error {
	parsed, err := nhs.ParseODSCode(code)
	if err == nil && string(parsed) != code {
		err = fmt.Errorf("write the code %q as %s", code, parsed)
	}
	return err
}

func (c *checker) text(path []any, value string) {
	if strings.TrimSpace(value) == "" {
		c.fault(path, "%s is missing", path[len(path)-1])
	}
}

func (c *checker) within(path []any, value, least, most time.Duration) {
	if value < least || value > most {
		c.fault(path, "%s must lie between %v and %v", path[len(path)-1], least, most)
	}
}

func (c *checker) oneOf(path []any, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		c.fault(path, "%s must be one of %s", path[len(path)-1], strings.Join(allowed[1:], ", "))
	}
}

func (c *checker) address(path []any, value string) {
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		c.fault(path, "%q is not an http or https address", value)
	case u.Scheme == "http" && !onThisMachine(u):
		c.fault(path, "%q must be https: http is allowed only on this machine", value)
	}
}

func onThisMachine(u *url.URL) bool {
	return slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
}
