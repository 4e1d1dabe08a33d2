package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/post"
	"example.org/icr/care/privacy"
	"example.org/icr/store"
)

// watchEntry is what the programme file says of the rules that watch the
// trail.
type watchEntry struct {
	Notify         string                     `yaml:"notify"`
	Contacts       map[string]string          `yaml:"contacts"`
	Webhook        string                     `yaml:"webhook"`
	WebhookKeyFile string                     `yaml:"webhook_key_file"`
	OrdinaryClaims []string                   `yaml:"ordinary_claims"`
	Sample         int                        `yaml:"sample"`
	Rules          map[privacy.Name]ruleEntry `yaml:"rules"`
}

type ruleEntry struct {
	Off        bool    `yaml:"off"`
	Severity   string  `yaml:"severity"`
	Least      int     `yaml:"least"`
	Deviations float64 `yaml:"deviations"`
	Share      float64 `yaml:"share"`
}

func (r ruleEntry) setting() (privacy.Setting, error) {
	s := privacy.Setting{Off: r.Off, Limits: privacy.Limits{Least: r.Least, Deviations: r.Deviations, Share: r.Share}}
	var err error
	if r.Severity != "" {
		s.Severity, err = privacy.ParseSeverity(r.Severity)
	}
	return s, err
}

// watching finds what is wrong with what is said of the rules.
func (c *checker) watching(w watchEntry) {
	if _, err := privacy.ParseSeverity(w.Notify); err != nil && w.Notify != "" {
		c.fault([]any{"monitoring", "notify"}, "%v", err)
	}
	for code, address := range w.Contacts {
		if err := odsCode(code); err != nil {
			c.fault([]any{"monitoring", "contacts", code}, "%v", err)
		}
		c.contact([]any{"monitoring", "contacts", code}, address)
	}
	if w.Webhook != "" {
		c.address([]any{"monitoring", "webhook"}, w.Webhook)
	}
	if (w.Webhook == "") != (w.WebhookKeyFile == "") {
		c.fault([]any{"monitoring"}, "webhook and webhook_key_file go together")
	}
	for i, code := range w.OrdinaryClaims {
		if err := odsCode(code); err != nil {
			c.fault([]any{"monitoring", "ordinary_claims", i}, "%v", err)
		}
	}
	if w.Sample < 0 || w.Sample > 200 {
		c.fault([]any{"monitoring", "sample"}, "sample must lie between 0 and 200")
	}
	for name, r := range w.Rules {
		s, err := r.setting()
		if err == nil {
			err = s.Check(name)
		}
		if err != nil {
			c.fault([]any{"monitoring", "rules", string(name)}, "%v", err)
		}
	}
}

// rules are the settings of rules. What is wrong with them was said when they
// were read.
func (w watchEntry) rules() map[privacy.Name]privacy.Setting {
	all := map[privacy.Name]privacy.Setting{}
	for name, r := range w.Rules {
		all[name], _ = r.setting()
	}
	return all
}

// severities are those of rules that differ from what ships.
func (w watchEntry) severities() map[privacy.Name]privacy.Severity {
	all := map[privacy.Name]privacy.Severity{}
	for name, s := range w.rules() {
		if s.Severity != 0 {
			all[name] = s.Severity
		}
	}
	return all
}

func (w watchEntry) off() []privacy.Name {
	var all []privacy.Name
	for name, r := range w.Rules {
		if r.Off {
			all = append(all, name)
		}
	}
	return all
}

func (w watchEntry) ordinary() []nhs.ODSCode {
	all := make([]nhs.ODSCode, len(w.OrdinaryClaims))
	for i, code := range w.OrdinaryClaims {
		all[i] = nhs.ODSCode(code)
	}
	return all
}

// addresses are where alerts of an organisation's staff are told: its contact,
// the programme's, and the webhook.
func (s settings) addresses() func(privacy.Finding, nhs.ODSCode) []store.Address {
	w := s.programme.Monitoring
	least, err := privacy.ParseSeverity(w.Notify)
	if err != nil {
		least = privacy.Medium
	}
	return func(f privacy.Finding, of nhs.ODSCode) []store.Address {
		if f.Severity < least {
			return nil
		}
		var all []store.Address
		if s.mail != nil {
			for _, code := range []string{string(of), s.programme.Programme.Code} {
				if to := w.Contacts[code]; to != "" {
					all = append(all, store.Address{To: to})
				}
			}
		}
		if w.Webhook != "" {
			all = append(all, store.Address{To: w.Webhook, Hook: true})
		}
		return all
	}
}

// guard applies the rules to the trail, and sends notices of what they find.
type guard struct {
	*store.Monitor
	notices post.Notices
	log     *slog.Logger
	lag     atomic.Int64 // nanoseconds, as last looked
	failed  atomic.Int64 // rules that failed
	sample  int          // looks of each organisation's weekly sample
}

func (s settings) guard(ctx context.Context, log *slog.Logger) (*guard, error) {
	m, err := store.OpenMonitor(ctx, s.monitor)
	if err != nil {
		return nil, err
	}
	table, err := s.programme.table()
	if err != nil {
		return nil, err
	}
	g := &guard{Monitor: m, log: log, sample: s.programme.Monitoring.Sample}
	if m.Marker, err = audit.NewMarker(s.secret); err != nil {
		return nil, err
	}
	m.Watcher = privacy.Watcher{Settings: s.programme.Monitoring.rules(), Ordinary: s.programme.Monitoring.ordinary(), Table: table}
	m.Notify = s.addresses()
	m.Failed = func(n privacy.Name) {
		g.failed.Add(1)
		log.Error("a rule failed; the others were applied", "rule", n)
	}
	g.notices = post.Notices{Mail: s.mail, Board: m, Programme: s.programme.Programme.Name, PublicURL: s.publicURL, Log: log}
	if len(s.hookKey) > 0 {
		g.notices.Hook = post.NewAlertHook(s.hookKey)
	}
	return g, nil
}

const (
	guardEvery = 5 * time.Second
	sweepEvery = time.Hour
)

// run applies the rules every few seconds until ctx ends. Where another replica
// is at it, that one goes on. What fails is tried again.
func (g *guard) run(ctx context.Context) {
	tick, sweep := time.NewTicker(guardEvery), time.NewTicker(sweepEvery)
	defer tick.Stop()
	defer sweep.Stop()
	late := false
	for {
		late = g.turn(ctx, late)
		g.notices.Empty(ctx)
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			if err := errors.Join(g.Sweep(ctx), g.Sample(ctx, time.Now(), g.sample)); err != nil && ctx.Err() == nil {
				g.log.Error("monitoring", "err", err)
			}
		case <-tick.C:
		}
	}
}

// turn looks at all that waits, and logs once when the rules come late.
func (g *guard) turn(ctx context.Context, late bool) bool {
	for more := true; more && ctx.Err() == nil; {
		w, err := g.Turn(ctx)
		if err != nil && ctx.Err() == nil {
			g.log.Error("monitoring failed; care goes on, and it is tried again", "err", err)
		}
		more = w.More && err == nil
	}
	lag, err := g.Lag(ctx)
	if err != nil {
		return late
	}
	g.lag.Store(int64(lag))
	if now := lag > privacy.Lateness; now != late {
		late = now
		if late {
			g.log.Error("the rules that watch the trail are late", "lag_s", int(lag.Seconds()))
		}
	}
	return late
}

// hookKey reads the key that webhooks are signed with, or nil.
func (p programme) hookKey() ([]byte, error) {
	if p.Monitoring.WebhookKeyFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(p.Monitoring.WebhookKeyFile)
	if err != nil {
		return nil, fmt.Errorf("webhook_key_file: %w", err)
	}
	key, err := parseSecret(string(text))
	if err != nil {
		return nil, fmt.Errorf("webhook_key_file: %w", err)
	}
	return key, nil
}
