package audit

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"example.org/icr/care/access"
	"example.org/icr/care/record"
	"github.com/go-json-experiment/json/jsontext"
)

// text is a JSON text under way. Every page waits for its event to be written,
// so that the members of a body are appended one by one: what a general encoder
// would make of the type body, in a fraction of its time.
type text struct {
	json []byte
	err  error // a string that is no UTF-8
}

// name begins a member.
func (t *text) name(n string) {
	if t.json[len(t.json)-1] != '{' {
		t.json = append(t.json, ',')
	}
	t.quote(n)
	t.json = append(t.json, ':')
}

func (t *text) quote(s string) {
	var err error
	if t.json, err = jsontext.AppendQuote(t.json, s); err != nil {
		t.err = err
	}
}

// always is a member that is there though it is empty.
func (t *text) always(name, value string) {
	t.name(name)
	t.quote(value)
}

func (t *text) string(name, value string) {
	if value != "" {
		t.always(name, value)
	}
}

func (t *text) int(name string, value int64) {
	if value != 0 {
		t.name(name)
		t.json = strconv.AppendInt(t.json, value, 10)
	}
}

func (t *text) time(name string, at time.Time) {
	if !at.IsZero() {
		t.always(name, stamp(at))
	}
}

func (t *text) true(name string, value bool) {
	if value {
		t.name(name)
		t.json = append(t.json, "true"...)
	}
}

// object is a member that is left out if nothing is put into it.
func (t *text) object(name string, put func()) {
	before := len(t.json)
	t.name(name)
	t.json = append(t.json, '{')
	empty := len(t.json)
	if put(); len(t.json) == empty {
		t.json = t.json[:before]
		return
	}
	t.json = append(t.json, '}')
}

// array is a member that is left out if it has no elements.
func array[E any](t *text, name string, all []E, put func(E)) {
	if len(all) > 0 {
		t.name(name)
		elements(t, all, put)
	}
}

func elements[E any](t *text, all []E, put func(E)) {
	t.json = append(t.json, '[')
	for i, e := range all {
		if i > 0 {
			t.json = append(t.json, ',')
		}
		put(e)
	}
	t.json = append(t.json, ']')
}

// Ready is an event with its body made, so that nobody waits for that later.
// Neither can be changed any more.
type Ready struct {
	event Event
	body  []byte
}

// Ready makes e's body.
func (e Event) Ready() (Ready, error) {
	body, err := e.Body()
	return Ready{e, body}, err
}

// Event is the event.
func (r Ready) Event() Event { return r.event }

// Body is the event's, as Event.Body makes it.
func (r Ready) Body() []byte { return r.body }

// Body is the canonical form of e: JSON with its members in a fixed order.
func (e Event) Body() ([]byte, error) {
	t := &text{json: make([]byte, 0, 1024+256*len(e.Partners))}
	t.json = append(t.json, '{')
	t.int("schema", schema)
	t.always("id", e.ID.String())
	t.string("reference", e.Reference)
	t.string("look", e.Look)
	t.always("kind", string(e.Kind))
	t.always("at", stamp(e.At))
	t.object("actor", func() { t.actor(e.Actor) })
	t.string("patient", e.Patient.Digits())
	if e.Person != nil {
		t.object("person", func() {
			t.always("name", e.Person.Name)
			t.always("born", e.Person.Born)
		})
	}
	t.string("rule", string(e.Rule))
	t.object("ground", func() { t.ground(e.Ground) })
	t.string("claim", string(e.Claim))
	t.string("words", e.Words)
	t.string("page", e.Page)
	array(t, "sections", e.Sections, func(s record.Section) { t.quote(string(s)) })
	array(t, "partners", e.Partners, t.partner)
	t.int("matches", int64(e.Matches))
	t.object("writers", func() { t.writers(e.Writers) })
	t.string("month", e.Month)
	t.string("digest", e.Digest)
	t.int("bytes", int64(e.Bytes))
	t.object("marks", func() {
		t.string("family", e.Marks.Family)
		t.string("postcode", e.Marks.Postcode)
		t.string("address", e.Marks.Address)
	})
	t.true("restricted", e.Restricted)
	return append(t.json, '}'), t.err
}

func (t *text) actor(a Actor) {
	t.string("issuer", a.Issuer)
	t.string("subject", a.Subject)
	t.string("name", a.Name)
	t.string("role", string(a.Role))
	t.string("role_code", a.RoleCode)
	t.string("role_name", a.RoleName)
	t.string("organisation", string(a.Organisation))
	t.string("organisation_name", a.OrganisationName)
	t.string("staff_id", a.StaffID)
	t.string("session", a.Session)
	t.string("address", a.Address)
}

func (t *text) ground(g access.Ground) {
	t.string("kind", g.Kind)
	t.string("code", g.Code)
	t.string("words", g.Words)
	t.string("evidence", g.Evidence)
	t.time("until", g.Until)
}

func (t *text) partner(p Partner) {
	t.json = append(t.json, '{')
	t.always("code", string(p.Code))
	t.string("name", p.Name)
	t.always("state", string(p.State))
	t.string("why", p.Why)
	t.int("ms", p.Millis)
	t.int("entries", int64(p.Entries))
	t.int("hidden", int64(p.Hidden))
	t.object("shown", func() {
		for _, kind := range slices.Sorted(maps.Keys(p.Shown)) {
			t.name(kind)
			elements(t, p.Shown[kind], t.quote)
		}
	})
	t.json = append(t.json, '}')
}

func (t *text) writers(numbers map[string]uint64) {
	for _, id := range slices.Sorted(maps.Keys(numbers)) {
		t.name(id)
		t.json = strconv.AppendUint(t.json, numbers[id], 10)
	}
}
