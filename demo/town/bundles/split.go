package bundles

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/demo/town/resident"
	"example.org/icr/demo/town/resource"
)

// Split is one bundle spread over partners.
type Split struct {
	Files    map[nhs.ODSCode][]json.RawMessage // the partner's Patient first
	Injected []Injected
}

// Injected is something that more than one partner holds because it was put
// there: what a joined-up record must notice.
type Injected struct {
	Kind  string // exact-share, near-miss, copied-on-admission, conflict, discharge, gp2gp
	Items []Item
}

// Item names a resource at a partner.
type Item struct {
	Partner  nhs.ODSCode
	Type, ID string
}

// holding is one item at one partner; change is what that partner says
// differently.
type holding struct {
	item   *item
	at     nhs.ODSCode
	id     string
	change func(resource.Map)
}

func (h holding) name() Item { return Item{h.at, h.item.kind, h.id} }

// splitter spreads one bundle.
type splitter struct {
	*Bundle
	person   resident.Person
	today    time.Time
	chance   *rand.Rand // seeded with the number: the same every time
	holdings []holding
	orders   map[*item]string
	injected []Injected
	clean    func(string) string // takes digits out of the names within a text
}

// Split spreads b over partners for p, whose number must be set: everything
// is held where its encounter was, and some of it elsewhere too.
func (b *Bundle) Split(p resident.Person, today time.Time) (Split, error) {
	seed, _ := strconv.ParseUint(p.Number.Digits(), 10, 64)
	s := &splitter{
		Bundle: b, person: p, today: today, chance: rand.New(rand.NewPCG(seed, 1)),
		orders: map[*item]string{}, clean: b.cleaner(),
	}
	s.settle()
	s.inject()
	files, err := s.encode()
	return Split{Files: files, Injected: s.injected}, err
}

// settle puts every item at the partner of its encounter. Immunisations and
// care plans are the practice's business, as is what belongs to nothing.
func (s *splitter) settle() {
	anchors, partners := s.anchors(), s.partners()
	for _, it := range s.items {
		at, known := partners[anchors[it]]
		if !known || it.kind == "Immunization" || it.kind == "CarePlan" {
			at = Practice
		}
		s.hold(it, at, "", nil)
	}
	if s.chance.IntN(3) == 0 {
		s.moveHouse(anchors)
	}
}

// hold puts an item at a partner, under an id of the partner's own.
func (s *splitter) hold(it *item, at nhs.ODSCode, copied string, change func(resource.Map)) holding {
	h := holding{it, at, resource.ID(string(at), s.person.Number.Digits(), it.key, copied), change}
	s.holdings = append(s.holdings, h)
	return h
}

// moveHouse gives the former practice everything that the practice holds from
// before the patient moved: the new one has it all, the old one its part.
func (s *splitter) moveHouse(anchors map[*item]*item) {
	var begun []time.Time
	for _, h := range s.holdings {
		if h.at == Practice && h.item.kind == "Encounter" {
			begun = append(begun, when(h.item.body))
		}
	}
	if len(begun) < 4 {
		return
	}
	slices.SortFunc(begun, time.Time.Compare)
	moved := begun[len(begun)*6/10]
	for _, h := range slices.Clone(s.holdings) {
		if e := anchors[h.item]; h.at == Practice && e != nil && when(e.body).Before(moved) {
			s.record("gp2gp", h, s.hold(h.item, OldPractice, "", nil))
		}
	}
}

func (s *splitter) record(kind string, holdings ...holding) {
	in := Injected{Kind: kind}
	for _, h := range holdings {
		in.Items = append(in.Items, h.name())
	}
	s.injected = append(s.injected, in)
}

// encode writes every partner's file.
func (s *splitter) encode() (map[nhs.ODSCode][]json.RawMessage, error) {
	files := map[nhs.ODSCode][]json.RawMessage{}
	add := func(at nhs.ODSCode, body resource.Map) error {
		raw, err := resource.Encode(body)
		files[at] = append(files[at], raw)
		return err
	}
	ids := s.ids()
	for _, at := range []nhs.ODSCode{Practice, Acute, Council} {
		if err := add(at, heldBy(s.person, at)); err != nil {
			return nil, err
		}
	}
	for _, h := range s.holdings {
		if files[h.at] == nil {
			if err := add(h.at, heldBy(s.person, h.at)); err != nil {
				return nil, err
			}
		}
		if err := add(h.at, s.body(h, ids[h.at])); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// ids are the references by which each partner knows each item that it holds.
func (s *splitter) ids() map[nhs.ODSCode]map[*item]string {
	ids := map[nhs.ODSCode]map[*item]string{}
	for _, h := range s.holdings {
		if ids[h.at] == nil {
			ids[h.at] = map[*item]string{s.patient: "Patient/" + s.person.HeldID(h.at)}
		}
		if _, already := ids[h.at][h.item]; !already {
			ids[h.at][h.item] = h.item.kind + "/" + h.id
		}
	}
	return ids
}
