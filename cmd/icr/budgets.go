package main

import (
	"time"

	"example.org/icr/care/access"
)

// budget is how many searches, and patients opened, are usual within an hour.
// What is not named is as it ships.
type budget struct {
	Searches *int `yaml:"searches"`
	Patients *int `yaml:"patients"`
}

type budgets struct {
	User         budget `yaml:"user"`
	Organisation budget `yaml:"organisation"`
}

// leastRefusal is how long it takes at least to be told nothing about a
// patient, where configuration does not say.
const (
	leastRefusal = 300 * time.Millisecond
	mostRefusal  = 2 * time.Second
)

func (b budget) over(usual access.Budget) access.Budget {
	if b.Searches != nil {
		usual.Searches = *b.Searches
	}
	if b.Patients != nil {
		usual.Patients = *b.Patients
	}
	return usual
}

func (p programme) budgets() access.Budgets {
	b, usual := p.Programme.Budgets, access.UsualBudgets
	return access.Budgets{User: b.User.over(usual.User), Organisation: b.Organisation.over(usual.Organisation)}
}

// fishing finds what is wrong with what is set against looking for people
// without business with them.
func (c *checker) fishing(p programme) {
	c.within([]any{"programme", "refusal_takes"}, p.Programme.RefusalTakes, 0, mostRefusal)
	for name, b := range map[string]budget{"user": p.Programme.Budgets.User, "organisation": p.Programme.Budgets.Organisation} {
		for what, n := range map[string]*int{"searches": b.Searches, "patients": b.Patients} {
			if n != nil && *n < 1 {
				c.fault([]any{"programme", "budgets", name, what}, "%s of a budget must be 1 or more", what)
			}
		}
	}
}
