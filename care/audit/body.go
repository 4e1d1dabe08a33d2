package audit

import (
	"fmt"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
)

// schema is the version of body. A change of meaning takes a new number, and
// ParseBody goes on reading the old ones.
const schema = 1

// body is the canonical form of an event: its members in this order, no
// member that is zero. What it says is what the trail proves.
type body struct {
	Schema    int               `json:"schema"`
	ID        string            `json:"id"`
	Reference string            `json:"reference,omitzero"`
	Look      string            `json:"look,omitzero"`
	Kind      Kind              `json:"kind"`
	At        string            `json:"at"`
	Actor     bodyActor         `json:"actor,omitzero"`
	Patient   string            `json:"patient,omitzero"`
	Person    *bodyIdentity     `json:"person,omitzero"`
	Rule      string            `json:"rule,omitzero"`
	Ground    bodyGround        `json:"ground,omitzero"`
	Claim     string            `json:"claim,omitzero"`
	Words     string            `json:"words,omitzero"`
	Page      string            `json:"page,omitzero"`
	Sections  []string          `json:"sections,omitempty"`
	Partners  []bodyPartner     `json:"partners,omitempty"`
	Matches   int               `json:"matches,omitzero"`
	Writers   map[string]uint64 `json:"writers,omitempty"`
	Month     string            `json:"month,omitzero"`
	Digest    string            `json:"digest,omitzero"`
	Bytes     int               `json:"bytes,omitzero"`

	Marks      bodyMarks `json:"marks,omitzero"`
	Restricted bool      `json:"restricted,omitzero"`
}

type bodyMarks struct {
	Family   string `json:"family,omitzero"`
	Postcode string `json:"postcode,omitzero"`
	Address  string `json:"address,omitzero"`
}

type bodyIdentity struct {
	Name string `json:"name"`
	Born string `json:"born"`
}

type bodyActor struct {
	Issuer           string `json:"issuer,omitzero"`
	Subject          string `json:"subject,omitzero"`
	Name             string `json:"name,omitzero"`
	Role             string `json:"role,omitzero"`
	RoleCode         string `json:"role_code,omitzero"`
	RoleName         string `json:"role_name,omitzero"`
	Organisation     string `json:"organisation,omitzero"`
	OrganisationName string `json:"organisation_name,omitzero"`
	StaffID          string `json:"staff_id,omitzero"`
	Session          string `json:"session,omitzero"`
	Address          string `json:"address,omitzero"`
}

type bodyGround struct {
	Kind     string `json:"kind,omitzero"`
	Code     string `json:"code,omitzero"`
	Words    string `json:"words,omitzero"`
	Evidence string `json:"evidence,omitzero"`
	Until    string `json:"until,omitzero"`
}

type bodyPartner struct {
	Code    string              `json:"code"`
	Name    string              `json:"name,omitzero"`
	State   string              `json:"state"`
	Why     string              `json:"why,omitzero"`
	Millis  int64               `json:"ms,omitzero"`
	Entries int                 `json:"entries,omitzero"`
	Hidden  int                 `json:"hidden,omitzero"`
	Shown   map[string][]string `json:"shown,omitempty"`
}

// ParseBody reads what Body wrote.
func ParseBody(data []byte) (Event, error) {
	var b body
	if err := json.Unmarshal(data, &b); err != nil {
		return Event{}, fmt.Errorf("event body: %w", err)
	}
	if b.Schema != schema {
		return Event{}, fmt.Errorf("event body: schema %d is not known", b.Schema)
	}
	id, err := uuid.Parse(b.ID)
	if err != nil {
		return Event{}, fmt.Errorf("event body: %w", err)
	}
	e := Event{
		ID: id, Reference: b.Reference, Look: b.Look, Kind: b.Kind, At: unstamp(b.At),
		Person: (*Identity)(b.Person), Rule: access.Rule(b.Rule), Claim: access.ClaimReason(b.Claim),
		Ground: access.Ground{Kind: b.Ground.Kind, Code: b.Ground.Code, Words: b.Ground.Words, Evidence: b.Ground.Evidence, Until: unstamp(b.Ground.Until)},
		Words:  b.Words, Page: b.Page, Matches: b.Matches, Digest: b.Digest, Bytes: b.Bytes, Actor: b.Actor.actor(),
		Writers: b.Writers, Month: b.Month, Marks: Marks(b.Marks), Restricted: b.Restricted,
	}
	if b.Patient != "" {
		if e.Patient, err = nhs.ParseNumber(b.Patient); err != nil {
			return Event{}, fmt.Errorf("event body: %w", err)
		}
	}
	for _, s := range b.Sections {
		e.Sections = append(e.Sections, record.Section(s))
	}
	for _, p := range b.Partners {
		e.Partners = append(e.Partners, Partner{nhs.ODSCode(p.Code), p.Name, record.State(p.State), p.Why, p.Millis, p.Entries, p.Hidden, p.Shown})
	}
	return e, nil
}

func (a bodyActor) actor() Actor {
	return Actor{
		a.Issuer, a.Subject, a.Name, auth.Role(a.Role), a.RoleCode, a.RoleName,
		nhs.ODSCode(a.Organisation), a.OrganisationName, a.StaffID, a.Session, a.Address,
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func unstamp(s string) time.Time {
	t, _ := time.Parse(time.RFC3339Nano, s) // only stamp wrote it; "" is the zero time
	return t
}
