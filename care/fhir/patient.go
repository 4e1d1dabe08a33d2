package fhir

import (
	"cmp"
	"strings"
	"time"

	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// Patient is a Patient resource, as far as it says who a person is.
type Patient struct {
	ID       string
	URL      string       // under which others refer to it, where that was sent
	Numbers  []nhs.Number // the valid NHS numbers among its identifiers
	Doubtful int          // identifiers sent as NHS numbers that are none
	Names    []Name
	Born     record.Date
	Gender   string

	died       record.Date
	informally bool
	restricted bool
	addresses  []address
	phones     []contact
	practices  []practice
}

// Name is one name of a person.
type Name struct {
	Family string
	Given  []string
	Prefix string
	Text   string // the whole name, where it was sent as such
	use    string
	validity
}

// validity is the time for which a name or address holds.
type validity struct{ from, until record.Date }

type address struct {
	lines         []string
	postcode, use string
	validity
}

type contact struct {
	number, use string
	validity
}

type practice struct {
	code string
	validity
}

// Words are the name as one text.
func (n Name) Words() string {
	if n.Text != "" {
		return n.Text
	}
	return strings.Join(strings.Fields(n.Prefix+" "+strings.Join(n.Given, " ")+" "+n.Family), " ")
}

// readPatient reads the Patient that comes next.
func readPatient(c *cursor, url string) Patient {
	p := Patient{URL: url}
	c.members(func(name []byte) {
		switch string(name) {
		case "id":
			p.ID = c.text()
		case "meta":
			var r resource
			r.readMeta(c)
			p.restricted = r.sensitive
		case "identifier":
			c.each(func() { p.identify(c.identifier()) })
		case "name":
			c.each(func() { p.Names = append(p.Names, c.name()) })
		case "birthDate":
			p.Born = c.birthDate()
		case "gender":
			p.Gender = c.code()
		case "deceasedDateTime":
			p.died = c.date()
		case "deceasedBoolean":
			if died, _ := c.moment(); p.died.IsZero() {
				p.died = died
			}
		case "extension":
			c.each(func() { p.informally = c.informalDeath() || p.informally })
		default:
			p.readWhereabouts(c, name)
		}
	})
	return p
}

// birthDate also takes the day first, as some councils write it, with the
// midnight that their systems add.
func (c *cursor) birthDate() record.Date {
	sent := c.date()
	day, _, _ := strings.Cut(sent.String(), " ")
	if at, err := time.Parse("2/1/2006", day); err == nil && !sent.Dated() {
		return record.ParseDate(at.Format("2006-01-02"))
	}
	return sent
}

func (p *Patient) readWhereabouts(c *cursor, name []byte) {
	switch string(name) {
	case "address":
		c.each(func() { p.addresses = append(p.addresses, c.address()) })
	case "telecom":
		c.each(func() { p.phones = append(p.phones, c.contact()...) })
	case "generalPractitioner":
		c.each(func() { p.practices = append(p.practices, c.practice()...) })
	}
}

func (p *Patient) identify(system, value string) {
	if system != nhs.NumberSystem {
		return
	}
	number, err := nhs.ParseNumber(value)
	if err != nil {
		p.Doubtful++
		return
	}
	p.Numbers = append(p.Numbers, number)
}

// name reads a HumanName, or a plain text in place of one.
func (c *cursor) name() (n Name) {
	if c.peek() != '{' {
		return Name{Text: c.text()}
	}
	c.members(func(member []byte) {
		switch string(member) {
		case "family":
			n.Family = strings.Join(c.texts(), " ")
		case "given":
			n.Given = c.texts()
		case "prefix":
			n.Prefix = strings.Join(c.texts(), " ")
		case "text":
			n.Text = c.text()
		case "use":
			n.use = c.code()
		case "period":
			n.from, n.until = c.moment()
		}
	})
	return n
}

func (c *cursor) texts() (texts []string) {
	c.each(func() {
		if text := c.text(); text != "" {
			texts = append(texts, text)
		}
	})
	return texts
}

// nameWords is a name as one text, of a person or of anything else.
func (c *cursor) nameWords() (words string) {
	c.each(func() { words = cmp.Or(words, c.name().Words()) })
	return words
}

func (c *cursor) address() (a address) {
	if c.peek() != '{' {
		return address{lines: []string{c.text()}}
	}
	var places []string
	c.members(func(member []byte) {
		switch string(member) {
		case "line":
			a.lines = c.texts()
		case "city", "district", "state":
			places = append(places, c.text())
		case "postalCode":
			a.postcode = c.text()
		case "use":
			a.use = c.code()
		case "period":
			a.from, a.until = c.moment()
		}
	})
	a.lines = append(a.lines, places...)
	return a
}

// contact is a telephone number, or nothing for any other sort of contact.
func (c *cursor) contact() []contact {
	var k contact
	system := ""
	c.members(func(member []byte) {
		switch string(member) {
		case "system":
			system = c.code()
		case "value":
			k.number = c.text()
		case "use":
			k.use = c.code()
		case "period":
			k.from, k.until = c.moment()
		}
	})
	if system != "phone" || k.number == "" {
		return nil
	}
	return []contact{k}
}

// practice is a GP practice by its ODS code, or nothing.
func (c *cursor) practice() []practice {
	var system string
	var p practice
	c.members(func(member []byte) {
		if string(member) != "identifier" {
			return
		}
		c.members(func(member []byte) {
			switch string(member) {
			case "system":
				system = c.text()
			case "value":
				p.code = c.text()
			case "period":
				p.from, p.until = c.moment()
			}
		})
	})
	if !odsSystem(system) {
		return nil
	}
	return []practice{p}
}

// odsSystem also takes the spelling of the UK Core guide's prose.
func odsSystem(system string) bool {
	return system == nhs.ODSSystem || system == "https://fhir.nhs.uk/Id/ods-organisation-code"
}

const deathNotification = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeathNotificationStatus"

// informalDeath reports whether the extension that comes next says that a
// death is notified informally.
func (c *cursor) informalDeath() (informal bool) {
	url, status := "", ""
	c.members(func(member []byte) {
		switch string(member) {
		case "url":
			url = c.text()
		case "extension":
			c.each(func() { status = cmp.Or(c.deathStatus(), status) })
		}
	})
	return url == deathNotification && status == "1"
}

func (c *cursor) deathStatus() (status string) {
	url, code := "", ""
	c.members(func(member []byte) {
		switch string(member) {
		case "url":
			url = c.text()
		case "valueCodeableConcept", "valueCoding", "valueCode":
			code = c.code()
		}
	})
	if url == "deathNotificationStatus" {
		status = code
	}
	return status
}
