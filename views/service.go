package views

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"example.org/icr/care/record"
)

// ServicePage is how partners answer, for those who run the service. No
// patient is in it.
type ServicePage struct {
	Frame
	Partners []PartnerHealth
}

// PartnerHealth is how one partner, or the demographics service, has been
// answering this server.
type PartnerHealth struct {
	Source         record.Source
	Breaker        string // closed, open, trying, one-only, quiet
	Failures       int    // in a row
	LastAnswer     time.Time
	LastFailure    time.Time
	LastCause      string
	Asked, Failed  int // in the last quarter of an hour
	Median, P95    time.Duration
	Waiting        int // questions that wait there now
	AtOnce         int // the most that may; 0 for any number
	NotAsked       uint64
	Probed         time.Time // when its CapabilityStatement was last asked for; zero for never
	ProbeCause     string    // why that came to nothing
	Client, Server time.Time // when certificates end; zero where there is none, or it is not known
}

// condition is how a partner is, in one word for the eye.
type condition string

const (
	well    condition = "well"
	unsure  condition = "unsure"
	failing condition = "failing"
	down    condition = "down"
)

func (h PartnerHealth) condition() condition {
	switch {
	case h.Breaker == "open" || h.Breaker == "trying" || h.Breaker == "quiet":
		return down
	case h.Breaker == "one-only" || h.Failures > 0 || h.failedLast():
		return failing
	case h.LastAnswer.IsZero():
		if h.ProbeCause != "" {
			return failing
		}
		return unsure
	}
	return well
}

// failedLast reports whether the last answer was of no use: one that refuses, or
// cannot be read, does not count as a failure in a row.
func (h PartnerHealth) failedLast() bool { return h.LastFailure.After(h.LastAnswer) }

var conditionShapes = map[condition]shape{well: tick, unsure: ring, failing: part, down: cross}

// is says how the partner is, in words.
func (h PartnerHealth) is() string {
	switch h.Breaker {
	case "open":
		return "Down: not asked, and tried every few seconds"
	case "trying":
		return "Down: being tried"
	case "quiet":
		return "Left alone, as it asks"
	case "one-only":
		return "Fails with one patient’s record; answers about others"
	}
	switch {
	case h.Failures > 1:
		return "Failed " + strconv.Itoa(h.Failures) + " times in a row"
	case h.Failures == 1 || h.failedLast():
		return "Failed last time"
	case h.LastAnswer.IsZero():
		return "Not asked since this server started"
	}
	return "Answers"
}

// recent is the last quarter of an hour.
func (h PartnerHealth) recent() string {
	if h.Asked == 0 {
		return "not asked"
	}
	return fmt.Sprintf("%d asked, %d failed (%d%%)", h.Asked, h.Failed, (100*h.Failed+h.Asked/2)/h.Asked)
}

func (h PartnerHealth) taking() string {
	if h.Asked == 0 {
		return "–"
	}
	if h.P95 < time.Millisecond {
		return "typically " + tookWords(h.Median)
	}
	return "typically " + tookWords(h.Median) + "; 1 in 20 takes " + tookWords(h.P95) + " or more"
}

func tookWords(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "under 1 ms"
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

func (h PartnerHealth) queue() string {
	if h.AtOnce == 0 {
		return strconv.Itoa(h.Waiting)
	}
	return strconv.Itoa(h.Waiting) + " of " + strconv.Itoa(h.AtOnce)
}

// soon is how many days before its end a certificate is to be renewed.
const soon = 30

// ending is when a certificate ends, and whether that is soon or past.
type ending struct {
	whose string
	days  int
	words string
}

func (e ending) urgent() bool { return e.days < soon }

// endings are those of the connection's certificates that are known.
func (h PartnerHealth) endings(now time.Time) []ending {
	var all []ending
	for _, c := range []struct {
		whose string
		ends  time.Time
	}{{"theirs", h.Server}, {"ours", h.Client}} {
		if c.ends.IsZero() {
			continue
		}
		days := int(c.ends.Sub(now).Hours() / 24)
		words := counted(days, "day") + " left"
		if c.ends.Before(now) {
			days, words = -1, "ended"
		}
		all = append(all, ending{c.whose, days, words + " (" + record.DateOf(c.ends).DayOnly().String() + ")"})
	}
	return all
}

// statement is what came of asking what the partner can do.
func (h PartnerHealth) statement(now time.Time) string {
	switch {
	case h.Probed.IsZero():
		return "not asked for"
	case h.ProbeCause != "":
		return asOf(h.Probed, now) + ": " + h.ProbeCause
	}
	return "read, " + asOf(h.Probed, now)
}

// byTrouble are the partners, those in trouble first.
func (p ServicePage) byTrouble() []PartnerHealth {
	grave := []condition{down, failing, unsure, well}
	all := slices.Clone(p.Partners)
	slices.SortStableFunc(all, func(a, b PartnerHealth) int {
		return cmp.Compare(min(2, slices.Index(grave, a.condition())), min(2, slices.Index(grave, b.condition())))
	})
	return all
}

// troubled are the partners that do not answer, and what certificates need.
func (p ServicePage) troubled() (silent, certificates []string) {
	for _, h := range p.Partners {
		if c := h.condition(); c == down || c == failing {
			silent = append(silent, short(h.Source.Name))
		}
		for _, e := range h.endings(p.Now) {
			if e.urgent() {
				certificates = append(certificates, short(h.Source.Name)+", "+e.whose+": "+e.words)
			}
		}
	}
	return silent, certificates
}

func (p ServicePage) heard() string {
	silent, _ := p.troubled()
	return strconv.Itoa(len(p.Partners)-len(silent)) + " of " + counted(len(p.Partners), "organisation") + " without trouble."
}
