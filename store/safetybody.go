package store

import (
	"fmt"
	"strings"

	"example.org/icr/auth"
	"example.org/icr/care/audit"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
	"example.org/icr/care/safety"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// itemBody is what of a safety item names the patient, or may: a list never
// reads it.
type itemBody struct {
	Number      string           `json:"number,omitzero"`
	Family      string           `json:"family,omitzero"`
	Given       []string         `json:"given,omitempty"`
	Prefix      string           `json:"prefix,omitzero"`
	Born        string           `json:"born,omitzero"`
	By          itemActor        `json:"by"`
	Differences []itemDifference `json:"differences,omitempty"`
	Unread      []record.Item    `json:"unread,omitempty"`
	Count       int              `json:"count,omitzero"`
	Why         string           `json:"why,omitzero"`
	Entry       safety.Entry     `json:"entry,omitzero"`
	Words       string           `json:"words,omitzero"`
}

type itemActor struct {
	Issuer, Subject, Name, Role, Organisation, OrganisationName, StaffID string
}

type itemDifference struct{ What, Ours, Theirs string }

func bodyOf(i safety.Item) ([]byte, error) {
	p, a := i.Person, i.By
	b := itemBody{
		Number: p.Number.Digits(), Family: p.Family, Given: p.Given, Prefix: p.Prefix, Born: p.Born.ISO(),
		By:     itemActor{a.Issuer, a.Subject, a.Name, string(a.Role), string(a.Organisation), a.OrganisationName, a.StaffID},
		Unread: i.Unread, Count: i.Count, Why: i.Why, Entry: i.Entry, Words: i.Words,
	}
	for _, d := range i.Differences {
		b.Differences = append(b.Differences, itemDifference(d))
	}
	return json.Marshal(b, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
}

func readBody(data []byte, i *safety.Item) error {
	var b itemBody
	if err := json.Unmarshal(data, &b); err != nil {
		return fmt.Errorf("the body of a safety item: %w", err)
	}
	if b.Number != "" {
		number, err := nhs.ParseNumber(b.Number)
		if err != nil {
			return fmt.Errorf("the body of a safety item: %w", err)
		}
		i.Person.Number = number
	}
	i.Person.Family, i.Person.Given, i.Person.Prefix, i.Person.Born = b.Family, b.Given, b.Prefix, record.ParseDate(b.Born)
	i.By = audit.Actor{
		Issuer: b.By.Issuer, Subject: b.By.Subject, Name: b.By.Name, Role: auth.Role(b.By.Role),
		Organisation: nhs.ODSCode(b.By.Organisation), OrganisationName: b.By.OrganisationName, StaffID: b.By.StaffID,
	}
	i.Unread, i.Count, i.Why, i.Entry, i.Words = b.Unread, b.Count, b.Why, b.Entry, b.Words
	for _, d := range b.Differences {
		i.Differences = append(i.Differences, record.Difference(d))
	}
	return nil
}

// storable is text that PostgreSQL takes: what partners send may be anything.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}
