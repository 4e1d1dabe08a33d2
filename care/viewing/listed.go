package viewing

import (
	"context"
	"errors"
	"sync"
	"time"

	"example.org/icr/auth"
	"example.org/icr/care/access"
	"example.org/icr/care/nhs"
	"example.org/icr/care/record"
)

// listFor is how long a list waits for the demographics service: the page on
// which it stands is the one that everybody begins at.
const listFor = 1500 * time.Millisecond

// Listed returns those of numbers whose records u may see now, in their order,
// and how many could not be named in time. Nobody is in it twice, and nobody
// with an objection at all.
func (s *Service) Listed(ctx context.Context, u auth.User, numbers []nhs.Number) (people []record.Person, unnamed int) {
	ctx, cancel := context.WithTimeout(ctx, listFor)
	defer cancel()
	found := make([]record.Person, len(numbers))
	errs := make([]error, len(numbers))
	var all sync.WaitGroup
	for i, n := range numbers {
		all.Go(func() { found[i], errs[i] = s.permitted(ctx, u, n) })
	}
	all.Wait()
	seen := map[nhs.Number]bool{}
	for i, person := range found {
		switch {
		case errors.Is(errs[i], access.ErrDenied):
		case errs[i] != nil:
			unnamed++
		case !seen[person.Number]:
			seen[person.Number] = true
			people = append(people, person)
		}
	}
	return people, unnamed
}

func (s *Service) permitted(ctx context.Context, u auth.User, n nhs.Number) (record.Person, error) {
	person, err := s.Identify(ctx, u, n)
	if err != nil {
		return person, err
	}
	decision, err := s.Access.Decide(ctx, access.Request{User: u, Person: person})
	if err == nil && !decision.Permitted() {
		err = access.ErrDenied
	}
	return person, err
}
