package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"example.org/icr/auth"
	"example.org/icr/auth/signin"
	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/partner"
	"example.org/icr/care/partner/source"
	"example.org/icr/care/record"
	"example.org/icr/store"
)

// checking is one organisation that is checked, and what came of it.
type checking struct {
	code, name string
	connected  string
	statement  string
	ways       string
	patient    string // what it answered about the test patient
	wrong      []string
	soon       []string
}

// mostMembers are the most practices behind one entry that are checked.
const mostMembers = 20

// checkPartners connects to the demographics service, every partner and every
// system that launches the viewer by SMART, and says what works, what does not, and what to change. It fails if anything is
// wrong.
func checkPartners(ctx context.Context, getenv func(string) string, out io.Writer) error {
	s, err := readCheck(getenv)
	if err != nil {
		return err
	}
	if s.programme.testPatient().IsZero() {
		return s.check(ctx, nil, out)
	}
	db, err := store.Open(ctx, store.Config{URL: s.database, Secret: s.secret, Idle: signin.MaxIdle, Conns: 2})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Check(ctx); err != nil {
		return err
	}
	return s.check(ctx, db, out)
}

// check checks everybody and prints what came of it. The database keeps the
// trail of asking about the test patient, and may be nil where there is none.
func (s settings) check(ctx context.Context, db *store.Store, out io.Writer) error {
	all := append([]*checking{s.checkDemographics(ctx)}, s.connectAll(ctx)...)
	all = append(all, s.checkLaunches(ctx)...)
	if db != nil {
		if err := s.tryPatient(ctx, db, all); err != nil {
			return err
		}
	}
	return printChecks(out, all)
}

// testPatient is the number of the test patient, zero where there is none.
func (p programme) testPatient() nhs.Number {
	n, err := nhs.ParseNumber(p.Programme.TestPatient)
	if err != nil {
		return nhs.Number{} // said already
	}
	return n
}

// readCheck reads what checking needs of what serving does.
func readCheck(getenv func(string) string) (settings, error) {
	e := &environment{getenv: getenv}
	s := settings{publicURL: e.publicURL("ICR_PUBLIC_URL")}
	text := e.file("ICR_PROGRAMME_FILE")
	if text == "" {
		return s, e.err()
	}
	var err error
	if s.programme, err = parseProgramme(text); err != nil {
		e.fault("ICR_PROGRAMME_FILE", "%v", err)
		return s, e.err()
	}
	if !s.programme.testPatient().IsZero() {
		s.database, s.secret = e.database("ICR_DATABASE_URL"), e.secret("ICR_SECRET_FILE")
	}
	for _, read := range []func() error{
		s.programme.readDirectories,
		func() (err error) { s.partners, err = s.programme.connections(s.publicURL); return err },
		func() (err error) { s.demographics, err = s.programme.demographicsFiles(); return err },
		func() (err error) { s.launches, err = s.programme.launches(); return err },
	} {
		if err := read(); err != nil {
			e.fault("ICR_PROGRAMME_FILE", "%v", err)
		}
	}
	return s, e.err()
}

const connectTakes = 15 * time.Second

func (s settings) checkDemographics(ctx context.Context) *checking {
	ctx, cancel := context.WithTimeout(ctx, connectTakes)
	defer cancel()
	c := &checking{code: "PDS", name: "Demographics service", connected: "NO", statement: "–", ways: cmp.Or(s.programme.Demographics.Access, "–"), patient: "–"}
	if c.reach(ctx, s.demographics.client, s.programme.Demographics.URL); c.connected == "NO" || s.demographics.own == nil {
		return c
	}
	if _, err := s.demographics.own.Bearer(ctx, ""); err != nil {
		c.fault(err, s.programme.Demographics.OAuth.TokenURL)
	}
	return c
}

// connectAll connects to the partners, several at once.
func (s settings) connectAll(ctx context.Context) []*checking {
	var all []*checking
	var waiting sync.WaitGroup
	turns := make(chan bool, 8)
	for i, e := range s.programme.Partners {
		members := e.members()
		for _, m := range members[:min(len(members), mostMembers)] {
			c := &checking{code: m.Code, name: m.Name, connected: "NO", statement: "–", ways: "–", patient: "–"}
			all = append(all, c)
			waiting.Go(func() {
				turns <- true
				defer func() { <-turns }()
				c.connect(ctx, e, e.connect(s.partners[i], m))
			})
		}
		if more := len(members) - mostMembers; more > 0 {
			all = append(all, &checking{code: "…", name: fmt.Sprintf("%d more at the same address, not checked", more), connected: "–", statement: "–", ways: "–", patient: "–"})
		}
	}
	waiting.Wait()
	return all
}

// connect connects to one member of an entry and reads its statement. GP
// Connect has its own questions, and is only connected to.
func (c *checking) connect(ctx context.Context, e partnerEntry, config source.Config) {
	ctx, cancel := context.WithTimeout(ctx, connectTakes)
	defer cancel()
	if e.Ask == gpConnect {
		c.ways = "GP Connect"
		c.reach(ctx, config.HTTP, config.Base)
		return
	}
	from, err := source.New(config)
	if err != nil {
		c.wrong = append(c.wrong, err.Error())
		return
	}
	var sections []record.Section
	if len(e.Sections) > 0 {
		sections = e.supplies()
	}
	found := from.Check(ctx, sections, record.Kind(e.Kind))
	if found.Connected {
		c.connected = "yes"
	}
	c.statement, c.ways, c.wrong, c.soon = cmp.Or(found.Statement, "–"), found.Ways, found.Wrong, found.Soon
}

// reach connects to an address, and reads nothing.
func (c *checking) reach(ctx context.Context, client *http.Client, address string) {
	if err := source.Reach(ctx, client, address); err != nil {
		c.fault(err, address)
		return
	}
	c.connected = "yes"
}

func (c *checking) fault(err error, address string) {
	at, parseErr := url.Parse(address)
	if parseErr != nil {
		at = &url.URL{} // it was checked when it was read
	}
	c.wrong = append(c.wrong, source.Advise(err, at))
}

// tryPatient asks the demographics service who the test patient is, and every
// partner that was connected to what it holds: each once that is on the trail.
func (s settings) tryPatient(ctx context.Context, db *store.Store, all []*checking) error {
	trail := &audit.Trail{Log: db, Policy: &access.Policy{Facts: db, Now: time.Now}, Now: time.Now}
	u := auth.User{
		Identity: auth.Identity{Issuer: "icr", Subject: "icr check partners"}, Name: "icr check partners",
		Post: auth.Post{Role: auth.ServiceAdmin, Organisation: nhs.ODSCode(s.programme.Programme.Code)}, OrganisationName: s.programme.Programme.Name,
	}
	leave, err := trail.Trace(ctx, u, s.programme.testPatient())
	if err != nil {
		return err
	}
	person, err := s.people(nil).Read(ctx, leave, s.programme.testPatient())
	if err != nil {
		all[0].patient = "no"
		all[0].wrong = append(all[0].wrong, "it did not say who the test patient is ("+err.Error()+"): no partner is asked about somebody who is not known")
		return nil
	}
	all[0].patient = "known"
	asking, err := trail.Check(ctx, u, person)
	if errors.Is(err, audit.ErrObjected) {
		all[0].patient, all[0].wrong = "not asked about", append(all[0].wrong, "an objection is in force for the test patient: no partner is asked about it")
		return nil
	}
	if err != nil {
		return err
	}
	network, err := newNetwork(s)
	if err != nil {
		return err
	}
	tried, err := network.Check(ctx, asking)
	if err != nil {
		return err
	}
	note(all, tried)
	return nil
}

// note writes what partners answered about the test patient beside each.
func note(all []*checking, tried []partner.Tried) {
	for _, t := range tried {
		i := slices.IndexFunc(all, func(c *checking) bool { return c.code == string(t.Code) })
		if i < 0 || all[i].connected == "NO" {
			continue
		}
		c := all[i]
		c.patient = t.String()
		if t.Tagged {
			c.wrong = append(c.wrong, "its items bear an exchange’s tags, which name other organisations: set exchange: true, or they are all shown as its own")
		}
		if t.State.Spoken() || t.State.Neutral() {
			for _, section := range t.Silent {
				c.wrong = append(c.wrong, "about the test patient it does not say all of "+strings.ToLower(section.Name())+": tell the partner")
			}
			continue
		}
		c.wrong = append(c.wrong, "about the test patient it "+whyNot(t))
	}
}

func whyNot(t partner.Tried) string {
	words := t.State.Words()
	if t.Why != "" {
		words += ": " + t.Why
	}
	if t.Cause != "" && !strings.Contains(words, t.Cause) {
		words += " (" + t.Cause + ")"
	}
	switch t.State {
	case record.Refused:
		return words + ": ask the partner for leave to read all that it is to supply; it is told the role service-admin and the reason " + partner.TestReason
	case record.IdentityCheckFailed:
		return words + ": the test patient's name, birth date or gender there is not what the demographics service says, or the answer holds somebody else: tell the partner"
	case record.Late:
		return words + ": give it a longer deadline, or tell the partner"
	}
	return words + ": tell the partner"
}

// printChecks prints the table, and then what to change.
func printChecks(out io.Writer, all []*checking) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CODE\tNAME\tCONNECTED\tSAYS THAT IT IS\tASKED BY\tTEST PATIENT")
	wrong := 0
	for _, c := range all {
		wrong += len(c.wrong)
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", c.code, c.name, c.connected, cut(c.statement), c.ways, c.patient)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	printList(out, "What to change:", all, func(c *checking) []string { return c.wrong })
	printList(out, "What to change soon:", all, func(c *checking) []string { return c.soon })
	if wrong > 0 {
		return fmt.Errorf("%d thing(s) to change", wrong)
	}
	fmt.Fprintln(out, "\nall is well")
	return nil
}

func printList(out io.Writer, heading string, all []*checking, of func(*checking) []string) {
	first := true
	for _, c := range all {
		for _, words := range of(c) {
			if first {
				fmt.Fprintln(out, "\n"+heading)
				first = false
			}
			fmt.Fprintf(out, "  %s %s: %s\n", c.code, c.name, words)
		}
	}
}

// cut keeps what a partner says of itself to one short line.
func cut(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > 40 {
		return string(runes[:39]) + "…"
	}
	return s
}
