// Package safety is the clinical safety officers' desk: feeds that they switch
// off, what is raised to them, and what becomes of it.
package safety

import (
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
)

// Act is something that an officer did: who, when, why, and under which
// reference it is on the trail.
type Act struct {
	By        audit.Actor
	At        time.Time
	Reason    string
	Reference string
}

// Switch is one switching off or on of a feed.
type Switch struct {
	Act
	Feed access.Feed
	Off  bool
}

// Opening says whom a feed is open to from then on.
type Opening struct {
	Act
	Partner nhs.ODSCode
	access.Opening
}

// History is all that was ever done to feeds, newest first.
type History struct {
	Switches []Switch
	Openings []Opening
}

// Off returns the switch by which a feed is off now, if it is.
func (h History) Off(f access.Feed) (Switch, bool) {
	for _, s := range h.Switches {
		if s.Feed == f {
			return s, s.Off
		}
	}
	return Switch{}, false
}

// Opening returns what was last said of whom a partner's feed is open to, if
// anything ever was.
func (h History) Opening(partner nhs.ODSCode) (Opening, bool) {
	for _, o := range h.Openings {
		if o.Partner == partner {
			return o, true
		}
	}
	return Opening{}, false
}
